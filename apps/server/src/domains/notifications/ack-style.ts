/** The style of the 3 a.m. page, carried over from its drawing: dark, one thing to do, no script. */
export const ackStyle = `*{box-sizing:border-box;margin:0}
:root{color-scheme:dark}
html{background:#12151A}
body{min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;max-width:520px;margin:0 auto;padding:16px 20px calc(16px + env(safe-area-inset-bottom));background:#12151A;color:#E7EAEE;font:400 1rem/1.5rem system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
svg{width:1.25em;height:1.25em;flex:none}
b{font-weight:600}
a{color:#79B8FF}
.top{display:flex;align-items:center;gap:8px;font-size:.875rem;color:#A3ACB8}
.top svg{color:#E7EAEE}
.top span:last-child{margin-left:auto}
.id{display:flex;align-items:center;flex-wrap:wrap;gap:10px;margin-top:28px}
.sev{padding:0 8px;border-radius:4px;background:#E7EAEE;color:#12151A;font:600 .875rem/1.5rem system-ui,sans-serif;letter-spacing:.02em}
.st{display:inline-flex;align-items:center;gap:6px;font-weight:500;color:#FF7B72}
.st.held{color:#E3B341}
h1{margin-top:10px;font:600 1.75rem/2.125rem system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;letter-spacing:-.015em}
.lead{margin-top:8px;color:#C6CCD4;white-space:pre-line}
dl{display:grid;grid-template-columns:auto minmax(0,1fr);margin-top:20px;border-top:1px solid #242A33}
dt,dd{padding:9px 0;border-bottom:1px solid #242A33}
dt{padding-right:16px;color:#A3ACB8}
details{margin-top:4px}
summary{padding:10px 0;color:#79B8FF;cursor:pointer}
details p{color:#C6CCD4;padding-bottom:8px}
.act{position:sticky;bottom:0;margin-top:auto;padding:16px 0 0;background:#12151A}
.due{display:flex;align-items:baseline;flex-wrap:wrap;gap:0 8px;margin-bottom:8px}
.due b{margin-left:auto;font-size:1.25rem}
.bar{height:3px;margin-bottom:14px;border-radius:2px;background:#242A33;overflow:hidden}
.bar i{display:block;height:100%;background:#FF7B72;transform-origin:left}
button,.alt{display:flex;align-items:center;justify-content:center;gap:10px;width:100%;border-radius:12px;font:600 1rem/1.25rem system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#E7EAEE;text-decoration:none;cursor:pointer}
.big{min-height:68px;border:1px solid #3C86D2;background:#0B5CAD;color:#F3F8FE;font-size:1.25rem}
.big:active{background:#1467BD}
.two{display:grid;grid-template-columns:minmax(0,1.5fr) minmax(0,1fr);gap:10px;margin-top:10px}
.two button,.alt{min-height:48px;padding:4px 10px;border:1px solid #6B7480;background:none;font-weight:500;font-size:.9375rem}
.hint{margin:12px 0 0;font-size:.875rem;line-height:1.25rem;color:#A3ACB8;text-align:center}
:focus-visible{outline:2px solid #79B8FF;outline-offset:3px}
.ans{margin-bottom:14px;padding:16px;border:1px solid #353D48;border-radius:12px;background:#1A1F26}
.ans h2{display:flex;align-items:center;gap:10px;font:600 1.125rem/1.5rem system-ui,sans-serif}
.ans p{margin-top:6px;color:#C6CCD4}
.ans .alt,.ans .big{margin-top:14px}
.done h2{color:#E3B341}.done{border-color:#55431D;background:#292114}
.failed{border-color:#FF7B72;background:#2B181A}.failed h2{color:#FF7B72}
.over h2{color:#56D364}
@media(max-width:340px){.two{grid-template-columns:1fr}h1{font-size:1.5rem;line-height:1.875rem}}
@media(prefers-reduced-motion:reduce){.bar{display:none}}
`;

/**
 * A countdown without script: an animated integer shown through counters. The numbers stand in the style sheet, not
 * in attributes, so that the page's policy can name the whole sheet by its hash.
 */
export function countdownStyle(leftSeconds: number, windowSeconds: number): string {
  const left = Math.max(0, Math.round(leftSeconds));
  const width = Math.min(100, windowSeconds > 0 ? (left / windowSeconds) * 100 : 100).toFixed(1);
  return `@property --left{syntax:"<integer>";initial-value:${left};inherits:true}
@property --min{syntax:"<integer>";initial-value:${Math.floor(left / 60)};inherits:true}
@keyframes left{to{--left:0}}
@keyframes bar{to{transform:scaleX(0)}}
.cd{--left:${left};animation:left ${left}s linear forwards}
.cd::after{--min:calc(var(--left)/60 - .5);counter-reset:m var(--min) s calc(var(--left) - var(--min)*60);content:counter(m,decimal-leading-zero) ":" counter(s,decimal-leading-zero)}
.bar i{width:${width}%;animation:bar ${left}s linear forwards}
`;
}
