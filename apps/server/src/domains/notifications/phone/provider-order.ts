/** Which providers a country's numbers go to first. */
export interface CountryOrder {
  readonly prefix: string;
  readonly providers: readonly string[];
}

/**
 * The order in which providers are tried for a number: those named for its longest prefix, then the rest as listed. A
 * provider that has just failed goes last, whatever the country, for the others will be asked anyway; none is left out.
 */
export function providerOrder(
  number: string,
  {
    listed,
    countries,
    failing,
  }: {
    readonly listed: readonly string[];
    readonly countries: readonly CountryOrder[];
    readonly failing: (provider: string) => boolean;
  },
): readonly string[] {
  const country = countries
    .filter(({ prefix }) => number.startsWith(prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
  const named = (country?.providers ?? []).filter((id) => listed.includes(id));
  const order = [...new Set([...named, ...listed])];
  return [...order.filter((id) => !failing(id)), ...order.filter(failing)];
}
