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

/** Whether an address (as `net.isIP` knows it) is one of the open internet. */
export function isGlobal(address: string): boolean {
  const family = isIP(address);
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
 * resolve to any address. Throws for an entry that is none of these.
 */
export function readAllowList(entries: readonly string[]): AllowList {
  const networks: string[] = [];
  const names = new Set<string>();
  const suffixes: string[] = [];
  for (const raw of entries) {
    const entry = raw.trim().toLowerCase();
    if (isIP(entry.split('/')[0] as string)) networks.push(entry);
    else if (/^\.[a-z0-9._-]+$/.test(entry)) suffixes.push(entry);
    else if (/^[a-z0-9_][a-z0-9._-]*$/.test(entry)) names.add(entry);
    else throw new Error(`not a network, an address or a host name: ${JSON.stringify(raw)}`);
  }
  const list = blockList(networks);
  return {
    host: (name) => names.has(name) || suffixes.some((suffix) => name.endsWith(suffix)),
    address: (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
  };
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/') as [string, string | undefined];
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
