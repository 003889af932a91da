import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml';
import type { ConfigFault, Place } from './model.ts';

/** Longest accepted text, in UTF-16 units. */
export const MAX_CONFIG_LENGTH = 1_048_576;
/** Most nodes read, aliases written out: a bomb of aliases ends here. */
const MOST_NODES = 200_000;
/** Deepest nesting read. */
const DEEPEST = 256;
/** More faults than this are not collected. */
const MOST_FAULTS = 50;

const TOO_DEEP = 'nested too deep';
/** Brackets open at once, those in texts counted too: the parser takes seconds over a megabyte of them. */
const MOST_BRACKETS = 2_000;
/** Directives (`%YAML 1.1`) that a text may have; each costs the parser more than the one before. */
const MOST_DIRECTIVES = 16;

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);

/** A value in the text: its node (null where nothing is written) and its path in the structure. */
export type At = { readonly node: Node | null; readonly path: string; readonly place: Place; readonly depth: number };

/** A YAML text being read; what is wrong with it is collected. */
export type Reading = {
  readonly faults: ConfigFault[];
  readonly placeOf: (node: Node) => Place;
  readonly target: (alias: Alias) => Node | undefined;
  left: number;
};

/** Parses a text and answers its first document, read as Go's YAML library would: every scalar is text until asked. */
export function openYaml(text: string): { readonly reading: Reading; readonly root: At } {
  const lines = new LineCounter();
  const start: Place = { line: 1, column: 1 };
  const faults: ConfigFault[] = [];
  const anchored = new Map<Alias, Node>();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const reading: Reading = {
    faults,
    placeOf: (node) => (node.range ? placeOf(node.range[0]) : start),
    target: (alias) => anchored.get(alias),
    left: MOST_NODES,
  };
  const nothing = { reading, root: { node: null, path: '', place: start, depth: 0 } };
  if (text.length > MAX_CONFIG_LENGTH) {
    faults.push({ ...start, path: '', message: `longer than ${MAX_CONFIG_LENGTH} characters` });
    return nothing;
  }
  if (bracketDepth(text) > MOST_BRACKETS) {
    faults.push({ ...start, path: '', message: TOO_DEEP });
    return nothing;
  }
  if ([...text.matchAll(/^%/gm).take(MOST_DIRECTIVES + 1)].length > MOST_DIRECTIVES) {
    faults.push({ ...start, path: '', message: `more than ${MOST_DIRECTIVES} directives` });
    return nothing;
  }
  try {
    // Duplicate keys are looked for below: the library compares every pair of keys, which 100,000 keys would abuse.
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      version: '1.1',
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
    });
    const [document] = Array.isArray(documents) ? documents : [];
    if (document === undefined) return nothing;
    for (const { pos, message } of document.errors.slice(0, MOST_FAULTS)) {
      // Some of the parser's own stack overflows it reports as errors of the text.
      const why = /call stack|Invalid regular expression/.test(message) ? TOO_DEEP : message.slice(0, 200);
      faults.push({ ...placeOf(pos[0]), path: '', message: why });
      if (why === TOO_DEEP) break;
    }
    if (faults.length > 0 || document.contents === null) return nothing;
    survey(document.contents as Node, reading, anchored);
    const root = document.contents as Node;
    return { reading, root: { node: root, path: '', place: reading.placeOf(root), depth: 0 } };
  } catch (error) {
    // The parser recurses: a text nested some thousand levels deep ends its stack, and says nothing else.
    if (!(error instanceof RangeError)) throw error;
    faults.push({ ...start, path: '', message: TOO_DEEP });
    return nothing;
  }
}

function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

/** Settles which anchor each alias means (the last before it) and names keys that are written twice. */
function survey(root: Node, reading: Reading, anchored: Map<Alias, Node>): void {
  const anchors = new Map<string, Node>();
  visit(root, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined) fault(reading, reading.placeOf(node), '', `the anchor ${node.source} is not known`);
        else anchored.set(node, target);
        return;
      }
      const { anchor } = node as { anchor?: string };
      if (anchor !== undefined) anchors.set(anchor, node as Node);
      if (isMap(node)) nameDuplicates(node, reading);
    },
  });
}

function nameDuplicates(map: YAMLMap, reading: Reading): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key) || key.value === '<<') continue;
    const name = String(key.value);
    if (seen.has(name)) fault(reading, reading.placeOf(key), name, `${name} is written twice`);
    seen.add(name);
  }
}

/** Names a fault at a place of the text. */
export function fault(reading: Reading, place: Place, path: string, message: string): void {
  if (reading.faults.length < MOST_FAULTS) reading.faults.push({ ...place, path, message });
}

/** Names a fault at a value. */
export function refuse(reading: Reading, at: At, message: string): null {
  fault(reading, at.place, at.path, message);
  return null;
}

/** The value's node with aliases followed; null for what is not written and for YAML's null. */
function nodeOf(reading: Reading, at: At): Node | null {
  if (reading.left <= 0 || at.depth > DEEPEST) {
    if (reading.left >= 0) refuse(reading, at, 'too much, once its aliases are written out');
    reading.left = -1;
    return null;
  }
  reading.left -= 1;
  let { node } = at;
  for (let hops = 0; isAlias(node) && hops < DEEPEST; hops += 1) node = reading.target(node) ?? null;
  if (node === null || isAlias(node)) return null;
  return isScalar(node) && node.type === 'PLAIN' && NULLS.has(String(node.value)) ? null : node;
}

/** Whether nothing is written there, or null. */
export function isAbsent(reading: Reading, at: At | undefined): boolean {
  return at === undefined || nodeOf(reading, at) === null;
}

/** The text of a scalar, however it is written; refuses lists and maps. Null where nothing is written. */
export function textAt(reading: Reading, at: At | undefined): string | null {
  const node = at === undefined ? null : nodeOf(reading, at);
  if (at === undefined || node === null) return null;
  return isScalar(node) ? String(node.value) : refuse(reading, at, 'must be a text');
}

const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;

/** A yes or no in YAML 1.1's words, not in quotes; false where nothing is written. */
export function flagAt(reading: Reading, at: At | undefined): boolean {
  const node = at === undefined ? null : nodeOf(reading, at);
  if (at === undefined || node === null) return false;
  const word = isScalar(node) && node.type === 'PLAIN' ? String(node.value) : '';
  if (!TRUE.test(word) && !FALSE.test(word)) refuse(reading, at, 'must be true or false');
  return TRUE.test(word);
}

/** The items of a list; null where nothing is written. */
export function itemsAt(reading: Reading, at: At | undefined): readonly At[] | null {
  const node = at === undefined ? null : nodeOf(reading, at);
  if (at === undefined || node === null) return null;
  if (!isSeq(node)) return refuse(reading, at, 'must be a list');
  return node.items.map((item, index) => below(reading, at, item as Node | null, String(index)));
}

/** The entries of a map by name, merged ones (`<<`) below its own; null where nothing is written. */
export function entriesAt(reading: Reading, at: At | undefined): ReadonlyMap<string, At> | null {
  const node = at === undefined ? null : nodeOf(reading, at);
  if (at === undefined || node === null) return null;
  if (!isMap(node)) return refuse(reading, at, 'must be a map');
  const own = new Map<string, At>();
  const merged: At[] = [];
  for (const pair of node.items) {
    const { key, value } = pair;
    if (!isPair(pair) || !isScalar(key)) {
      refuse(reading, at, 'a key must be a text');
      continue;
    }
    const name = String(key.value);
    const entry = below(reading, at, value as Node | null, name, key as Node);
    if (name === '<<' && key.type === 'PLAIN') merged.push(entry);
    else own.set(name, entry);
  }
  for (const entry of merged) mergeInto(reading, own, entry);
  return own;
}

function mergeInto(reading: Reading, own: Map<string, At>, entry: At): void {
  const node = nodeOf(reading, entry);
  const maps = isSeq(node) ? (itemsAt(reading, entry) ?? []) : [entry];
  for (const map of maps) {
    for (const [name, at] of entriesAt(reading, map) ?? []) if (!own.has(name)) own.set(name, at);
  }
}

/** The entries of a map that may have these keys only. */
export function fieldsAt(
  reading: Reading,
  at: At | undefined,
  isKnown: (name: string) => boolean,
): ReadonlyMap<string, At> | null {
  const entries = entriesAt(reading, at);
  for (const [name, entry] of entries ?? []) if (!isKnown(name)) refuse(reading, entry, `${name} is not known here`);
  return entries;
}

function below(reading: Reading, parent: At, node: Node | null, name: string, key?: Node): At {
  const place = node?.range ? reading.placeOf(node) : key ? reading.placeOf(key) : parent.place;
  return { node, path: parent.path === '' ? name : `${parent.path}.${name}`, place, depth: parent.depth + 1 };
}
