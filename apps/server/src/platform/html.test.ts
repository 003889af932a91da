import { expect, test } from 'vitest';
import { html, trusted, webLink } from '#platform/html';

test('escapes every value by default, in text and in attributes', () => {
  const hostile = `"><script>alert('x')</script>&\``;
  expect(html`<b title="${hostile}">${hostile}</b>`.markup).toBe(
    '<b title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#96;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#96;</b>',
  );
});

test('joins lists, keeps nested markup, leaves nothing for null, undefined and false', () => {
  const rows = ['a<', 'b'].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${rows}${null}${undefined}${false}${0}</ul>${trusted('<hr>')}`.markup).toBe(
    '<ul><li>a&lt;</li><li>b</li>0</ul><hr>',
  );
});

test('drops control characters', () => {
  expect(html`${'a\u0000b\u001bc\nd'}`.markup).toBe('abc\nd');
});

test('takes only absolute http and https addresses as links', () => {
  expect(webLink('https://example.org/a b')).toBe('https://example.org/a%20b');
  for (const bad of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JAVAscript:1',
    'data:text/html,x',
    '/relative',
    '',
    null,
  ]) {
    expect(webLink(bad)).toBeNull();
  }
});
