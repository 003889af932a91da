import { type Html, html, trusted } from '#platform/html';

/** One message on a demo phone. */
export interface PhoneMessage {
  readonly at: Temporal.Instant;
  readonly text: string;
}

/** A demo person's phone. */
export interface Phone {
  readonly name: string;
  readonly zone: string;
  readonly messages: readonly PhoneMessage[];
}

const STYLE = trusted(`
:root{color-scheme:light dark}
body{margin:0 auto;padding:24px 20px;max-width:1200px;background:light-dark(#F6F7F9,#0E1115);color:light-dark(#1B1F24,#E7EAEE);font:400 .875rem/1.375rem system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.25rem;line-height:1.75rem;font-weight:600;margin:0}
p.lead{margin:4px 0 20px;color:light-dark(#57606A,#A3ACB8);max-width:65ch}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:16px;align-items:start}
section{background:light-dark(#FFF,#12151A);border:1px solid light-dark(#D3D8DE,#353D48);border-radius:12px;padding:16px}
h2{font-size:1rem;line-height:1.5rem;font-weight:600;margin:0 0 8px}
h2 small{font-weight:400;color:light-dark(#57606A,#A3ACB8)}
ol{list-style:none;margin:0;padding:0;display:grid;gap:8px}
li{border:1px solid light-dark(#E5E8EC,#242A33);border-radius:8px;padding:10px 12px;overflow-wrap:anywhere;white-space:pre-line}
li:first-child{border-color:light-dark(#0B5CAD,#79B8FF)}
time{display:block;color:light-dark(#57606A,#A3ACB8);font-size:.75rem;line-height:1rem}
a{display:inline-flex;align-items:center;min-height:44px;color:light-dark(#0B5CAD,#79B8FF);font-weight:500}
.quiet{color:light-dark(#57606A,#A3ACB8);margin:0}
`);

/** The page of the demo people's phones: what each was sent, newest first, with the link to answer for them. */
export function renderPhones(phones: readonly Phone[], nonce: string): string {
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3"><meta name="robots" content="noindex"><title>Phones · Tocsin demo</title><style nonce="${nonce}">${STYLE}</style></head>
<body><h1>Phones of the demo people</h1>
<p class="lead">Nobody is woken: these are the phones of a made-up shop. When one of them is paged the message appears here within seconds; open its link to acknowledge for them. The page reloads by itself.</p>
<main>${phones.map(renderPhone)}</main></body></html>`;
  return page.markup;
}

function renderPhone(phone: Phone): Html {
  const messages =
    phone.messages.length === 0
      ? html`<p class="quiet">Quiet so far.</p>`
      : html`<ol>${phone.messages.map((message) => renderMessage(message, phone.zone))}</ol>`;
  return html`<section><h2>${phone.name} <small>${phone.zone}</small></h2>${messages}</section>`;
}

/** The link of a message to answer by; texts write it without `https://`, as a person would read it aloud. */
const ANSWER = /(?:https?:\/\/)?[^\s/]+(\/a\/[A-Za-z0-9]+)/;

function renderMessage({ at, text }: PhoneMessage, zone: string): Html {
  const path = ANSWER.exec(text)?.[1];
  const time = at.toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'second' });
  const words = text.replace(ANSWER, '').trim();
  return html`<li><time datetime="${at.toString()}">${time}</time>${words}${path && html`<br><a href="${path}">Answer</a>`}</li>`;
}
