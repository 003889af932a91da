import { type Html, html, trusted, webLink } from '#platform/html';
import type { Line, MailParts, MailText, Row } from './facts.ts';
import { oneLine } from './words.ts';

/** Sets a mail's parts as text and as html; both say the same. */
export function setMail(parts: MailParts): MailText {
  return { subject: oneLine(parts.subject), text: setText(parts), html: `<!doctype html>\n${setHtml(parts).markup}\n` };
}

function setText({ heading, lead, rows, action, sections, footer, open }: MailParts): string {
  const wide = Math.max(0, ...rows.map((row) => row.name.length));
  const blocks = [
    heading,
    lead,
    rows.map((row) => `${row.name.padEnd(wide)}  ${[row.value, row.link].filter(Boolean).join(' ')}`).join('\n'),
    action && `${action.label}:\n${action.url}`,
    ...sections.map(({ title, lines }) => [title, ...lines.map(textLine)].join('\n')),
    `${footer}\n${open}`,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

function textLine({ text, link }: Line): string {
  return `- ${text}${link ? `\n  ${link}` : ''}`;
}

const FONT = trusted('font-family:system-ui,-apple-system,Segoe UI,Roboto,Arial,sans-serif');

/** Tables and inline styles only: what every mail program shows. */
function setHtml({ subject, heading, lead, rows, action, sections, footer, open }: MailParts): Html {
  return html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${oneLine(subject)}</title></head>
<body style="margin:0;padding:16px;background:#f6f7f9;color:#1b1f24;${FONT};font-size:16px;line-height:24px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;margin:0 auto;background:#ffffff;border:1px solid #d8dce1;border-radius:8px"><tr><td style="padding:20px">
<h1 style="margin:0;font-size:22px;line-height:28px">${heading}</h1>
${lead && html`<p style="margin:8px 0 0;white-space:pre-line">${lead}</p>\n`}${action && html`<p style="margin:16px 0"><a href="${action.url}" style="display:block;padding:14px 16px;border-radius:8px;background:#0b5cad;color:#ffffff;text-align:center;text-decoration:none;font-weight:600">${action.label}</a></p>\n`}${
  rows.length > 0 &&
  html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:12px">
${rows.map(htmlRow)}</table>\n`
}${sections.map(({ title, lines }) => html`<h2 style="margin:16px 0 4px;font-size:16px">${title}</h2>\n<ul style="margin:0;padding-left:20px">\n${lines.map(htmlLine)}</ul>\n`)}<p style="margin:16px 0 0;color:#57606a;font-size:14px;line-height:20px">${footer}<br><a href="${open}" style="color:#0b5cad">${open}</a></p>
</td></tr></table>
</body></html>`;
}

function htmlRow({ name, value, link }: Row): Html {
  const to = webLink(link);
  const shown = to ? html`${value} <a href="${to}" style="color:#0b5cad">${to}</a>` : html`${value}`;
  return html`<tr><td style="padding:6px 12px 6px 0;border-top:1px solid #e6e9ed;color:#57606a;vertical-align:top">${name}</td><td style="padding:6px 0;border-top:1px solid #e6e9ed">${shown}</td></tr>\n`;
}

function htmlLine({ text, link }: Line): Html {
  const to = webLink(link);
  return html`<li>${to ? html`<a href="${to}" style="color:#0b5cad">${text}</a>` : text}</li>\n`;
}
