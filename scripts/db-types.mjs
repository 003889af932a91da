// Writes apps/server/src/platform/db-tables.ts from a migrated database: `node scripts/db-types.mjs <connection string>`.
import { writeFileSync } from 'node:fs';
import pg from 'pg';

const TYPES = {
  uuid: 'string',
  text: 'string',
  xid8: 'string',
  bool: 'boolean',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  timestamptz: 'Temporal.Instant',
  json: 'unknown',
  jsonb: 'unknown',
  bytea: 'Buffer',
  _text: 'string[]',
  _uuid: 'string[]',
};
const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
const { rows } = await client.query(`
  SELECT c.relname AS table, a.attname AS column, t.typname AS type, a.attnotnull AS required,
         (a.atthasdef OR a.attidentity <> '') AS defaulted, a.attgenerated <> '' AS generated, a.attidentity = 'a' AS identity
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`);
await client.end();
const pascal = (name) =>
  name
    .split('_')
    .map((w) => w[0].toUpperCase() + w.slice(1))
    .join('');
const tables = Map.groupBy(rows, (r) => r.table);
let out =
  "// Generated from the migrated schema by scripts/db-types.mjs; do not edit.\nimport type { ColumnType, Generated, GeneratedAlways } from 'kysely';\n";
for (const [table, columns] of tables) {
  out += `\nexport interface ${pascal(table)}Table {\n`;
  for (const c of columns) {
    const base = TYPES[c.type];
    if (!base) throw new Error(`no type for ${c.type} (${table}.${c.column})`);
    const type = c.required ? base : base === 'unknown' ? 'unknown' : `${base} | null`;
    const whole =
      c.generated || c.identity
        ? `GeneratedAlways<${type}>`
        : c.defaulted
          ? `Generated<${type}>`
          : c.required
            ? type
            : `ColumnType<${type}, ${type} | undefined, ${type}>`;
    out += `  ${c.column}: ${whole};\n`;
  }
  out += '}\n';
}
out +=
  '\n/** Every table by name. */\nexport interface Tables {\n' +
  [...tables.keys()].map((t) => `  ${t}: ${pascal(t)}Table;\n`).join('') +
  '}\n';
writeFileSync(new URL('../apps/server/src/platform/db-tables.ts', import.meta.url), out);
