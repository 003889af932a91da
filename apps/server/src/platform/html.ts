/** Markup that is already safe to put into a page; only `html` and `trusted` make it. */
export interface Html {
  readonly markup: string;
}

/** What may stand in a template: text and numbers are escaped, markup is not, nothing (null, false) leaves nothing. */
export type HtmlValue = string | number | Html | null | undefined | false | readonly HtmlValue[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Escapes text for elements and for quoted attributes; control characters that no page may hold are dropped. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t\n\r]/gu, '').replaceAll(/[&<>"'`]/g, (c) => ESCAPES[c] as string);
}

/** Tagged template for markup made by the server; every value is escaped by default. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = strings[0] as string;
  values.forEach((value, i) => {
    markup += show(value) + strings[i + 1];
  });
  return { markup };
}

/** Marks a constant of our own (a style sheet, a drawing) as markup. Never for anything that came from outside. */
export function trusted(markup: string): Html {
  return { markup };
}

/** The address when it is an absolute http or https one, else null: a link made from an alert must not carry script. */
export function webLink(address: string | null | undefined): string | null {
  if (!address || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}

function show(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(show).join('');
}
