import { expect, test } from 'vitest';
import { safeLink } from './safe-link.ts';

test.each([
  ['https://prometheus.example.org/graph?g0.expr=up', true],
  ['http://node:9090/', true],
  ['javascript:alert(1)', false],
  [' java\tscript:alert(1)', false],
  ['data:text/html,<script>alert(1)</script>', false],
  ['//evil.example', false],
  ['not an address', false],
  [null, false],
])('%s may be a link: %s', (text, allowed) => {
  expect(safeLink(text) !== null).toBe(allowed);
});
