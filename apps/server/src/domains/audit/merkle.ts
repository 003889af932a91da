import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962 section 2.1 (unbalanced to the right, no leaf doubled) over texts instead of bytes: a
 * node is SHA-256 of `tocsin node 1`, a line feed and its children's hex. Leaves begin with another word, so that none
 * can pass for a node. Text, because it can be checked with `sha256sum`, and because `crypto.hash` from text to hex
 * takes 0.4 µs where buffers took 1.1.
 */
export interface MerkleTree {
  add(leaf: string): void;
  count(): number;
  /** Hex; of no leaves, the hash of the empty text. */
  root(): string;
}

/** Starts a tree that takes its leaves (hex) one by one and keeps one node a level: 50 nodes for any log. */
export function createMerkleTree(): MerkleTree {
  const levels: (string | null)[] = [];
  let count = 0;
  return {
    add(leaf) {
      let carried = leaf;
      let level = 0;
      for (let full = levels[0]; full; full = levels[level]) {
        carried = nodeHash(full, carried);
        levels[level] = null;
        level += 1;
      }
      levels[level] = carried;
      count += 1;
    },
    count: () => count,
    root() {
      let right: string | null = null;
      for (const left of levels) if (left) right = right === null ? left : nodeHash(left, right);
      return right ?? hash('sha256', '', 'hex');
    },
  };
}

/** The hash of an inner node from its children's hex. */
export function nodeHash(left: string, right: string): string {
  return hash('sha256', `tocsin node 1\n${left}${right}`, 'hex');
}
