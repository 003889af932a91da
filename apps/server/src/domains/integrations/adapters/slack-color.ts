/** What the colour of a Slack attachment says of the trouble it tells of. */
export type ColorMeaning = 'over' | 'error' | 'warning' | null;

/**
 * Reads Slack's three words and any hex colour: senders that write hex use reds for trouble, yellows for warnings and
 * greens for its end. Greys and blues say nothing.
 */
export function colorMeaning(color: string | null): ColorMeaning {
  if (color === 'good') return 'over';
  if (color === 'danger') return 'error';
  if (color === 'warning') return 'warning';
  const hex = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color ?? '');
  if (!hex) return null;
  const [red, green, blue] = hex.slice(1).map((part) => Number.parseInt(part, 16)) as [number, number, number];
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 64) return null;
  if (green === most) return red > 0.85 * green ? 'warning' : blue > 0.85 * green ? null : 'over';
  if (red === most) return green - blue > 0.3 * red ? 'warning' : blue > 0.75 * red ? null : 'error';
  return null;
}
