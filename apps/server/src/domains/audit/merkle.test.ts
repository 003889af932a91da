import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMerkleTree, nodeHash } from './merkle.ts';

/** RFC 6962 section 2.1 word for word: split at the largest power of two below the count. */
function rootByDefinition(leaves: readonly string[]): string {
  if (leaves.length === 1) return leaves[0] as string;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, half)), rootByDefinition(leaves.slice(half)));
}

function rootOf(leaves: readonly string[]): string {
  const tree = createMerkleTree();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root();
}

const leaf = fc.stringMatching(/^[0-9a-f]{64}$/);
const leaves = fc.uniqueArray(leaf, { minLength: 1, maxLength: 70 });

test('a tree fed leaf by leaf has the root that RFC 6962 defines', () => {
  fc.assert(
    fc.property(leaves, (all) => {
      expect(rootOf(all)).toBe(rootByDefinition(all));
    }),
  );
});

test('the root may be asked for at any time', () => {
  fc.assert(
    fc.property(leaves, (all) => {
      const tree = createMerkleTree();
      for (const [i, each] of all.entries()) {
        tree.add(each);
        expect([tree.count(), tree.root()]).toEqual([i + 1, rootOf(all.slice(0, i + 1))]);
      }
    }),
    { numRuns: 20 },
  );
});

test('an edited, dropped, inserted or swapped leaf gives another root', () => {
  fc.assert(
    fc.property(leaves, fc.nat(), fc.nat(), leaf, (all, one, two, strange) => {
      fc.pre(!all.includes(strange));
      const i = one % all.length;
      const j = two % all.length;
      const root = rootOf(all);
      expect(rootOf(all.with(i, strange))).not.toBe(root);
      expect(rootOf(all.toSpliced(i, 1))).not.toBe(root);
      expect(rootOf(all.toSpliced(i, 0, strange))).not.toBe(root);
      // The fault of trees that double the last leaf: a log with its end repeated looks the same.
      expect(rootOf([...all, all.at(-1) as string])).not.toBe(root);
      if (i !== j) expect(rootOf(all.with(i, all[j] as string).with(j, all[i] as string))).not.toBe(root);
    }),
  );
});

test('nothing has the hash of the empty text', () => {
  expect(rootOf([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
