import { BlockList, isIP } from 'node:net';

/**
 * Not globally routable, or routable but private to a cloud. From the IANA special-purpose registries;
 * 168.63.129.16 is Azure's metadata and agent address, public in form only.
 */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Only global unicast is considered at all: mapped IPv4, NAT64, ULA, link-local, multicast lie outside of it. */
const GLOBAL_IPV6 = ['2000::/3'];
/** Inside global unicast: protocol assignments with Teredo and ORCHID, documentation, 6to4. */
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const refused = blockList([...REFUSED_IPV4, ...REFUSED_IPV6]);
const global6 = blockList(GLOBAL_IPV6);

/** Whether an address (as `net.isIP` knows it) is one of the open internet. With a zone (`%eth0`) it never is. */
export function isGlobal(address: string): boolean {
  const family = familyOf(address);
  if (family === 4) return !refused.check(address, 'ipv4');
  if (family === 6) return global6.check(address, 'ipv6') && !refused.check(address, 'ipv6');
  return false;
}

/** What an operator lets through besides the open internet: networks, addresses, host names. */
export interface AllowList {
  host(name: string): boolean;
  address(address: string): boolean;
}

/**
 * Reads the operator's list. An entry is a network (`10.0.0.0/8`, `fd00::/8`), an address, a host name
 * (`hooks.corp.example`), or a suffix with a leading dot (`.corp.example`, not the bare domain). A named host may
 * resolve to any address. A network opens its own family only: `10.0.0.0/8` does not open `::ffff:10.0.0.1`, nor
 * `::/0` an IPv4 address. Throws for an entry that is none of these, or that says something else than it seems to.
 */
export function readAllowList(entries: readonly string[]): AllowList {
  const networks: string[] = [];
  const names = new Set<string>();
  const suffixes: string[] = [];
  for (const raw of entries) {
    const entry = raw.trim().toLowerCase().replace(/\.$/, '');
    if (entry.includes('/') || familyOf(entry) > 0) networks.push(checkedNetwork(entry, raw));
    else if (isNumeric(entry)) throw notAnEntry(raw);
    else if (/^\.[a-z0-9_][a-z0-9._-]*$/.test(entry)) suffixes.push(entry);
    else if (/^[a-z0-9_][a-z0-9._-]*$/.test(entry)) names.add(entry);
    else throw notAnEntry(raw);
  }
  const lists = {
    4: blockList(networks.filter((network) => familyOfNetwork(network) === 4)),
    6: blockList(networks.filter((network) => familyOfNetwork(network) === 6)),
  };
  return {
    host: (name) => names.has(name) || suffixes.some((suffix) => name.endsWith(suffix)),
    address(address) {
      const family = familyOf(address);
      // Node's list takes a mapped address for the IPv4 one it holds, so each family has a list of its own.
      return family !== 0 && lists[family].check(address, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** 4 or 6; 0 for what is no address, and for one with a zone, which means something else on every machine. */
function familyOf(address: string): 0 | 4 | 6 {
  return address.includes('%') ? 0 : (isIP(address) as 0 | 4 | 6);
}

const familyOfNetwork = (network: string) => familyOf(network.split('/')[0] as string);

/** Short, octal and hex forms of IPv4: the guard would never meet them as names, so such an entry would open nothing. */
function isNumeric(entry: string): boolean {
  return /(^|\.)(\d+|0x[0-9a-f]*)$/.test(entry);
}

/** A network whose prefix is written out in plain digits and leaves no bit of the address behind it. */
function checkedNetwork(entry: string, raw: string): string {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = familyOf(address);
  if (family === 0 || rest.length > 0) throw notAnEntry(raw);
  if (prefix === undefined) return entry;
  const bits = /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(bits <= (family === 4 ? 32 : 128))) throw notAnEntry(raw);
  if (hasBitsBehind(address, family, bits))
    throw new Error(
      `not a network: ${JSON.stringify(raw)} has bits behind its prefix; write the address alone, or with zeros`,
    );
  return entry;
}

function hasBitsBehind(address: string, family: 4 | 6, prefix: number): boolean {
  const value = family === 4 ? bitsOf4(address) : bitsOf6(address);
  const behind = (family === 4 ? 32n : 128n) - BigInt(prefix);
  return (value & ((1n << behind) - 1n)) !== 0n;
}

const bitsOf4 = (address: string) => address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

/** Reads IPv6 as the URL standard writes it: without a dotted tail, zeros folded once. */
function bitsOf6(address: string): bigint {
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function notAnEntry(raw: string): Error {
  return new Error(`not a network, an address or a host name: ${JSON.stringify(raw)}`);
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/') as [string, string | undefined];
    const family = familyOf(address) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
