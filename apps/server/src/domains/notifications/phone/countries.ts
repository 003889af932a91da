/**
 * Country calling codes as the ITU assigns them (E.164). A number under none of them leads nowhere, or to a service that
 * is paid by its length: both are what toll fraud uses.
 */
const CODES = new Set(
  `1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91
   92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240
   241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291
   297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389
   420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677
   678 679 680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855 856 880 886 960 961 962 963 964 965 966 967 968
   970 971 972 973 974 975 976 977 992 993 994 995 996 998`.split(/\s+/),
);

/**
 * Ranges that cost the caller extra or share what they earn: services without a country, and the best-known premium
 * ranges. Not complete, since numbering plans change; an operator's own list of destinations is the wall.
 */
const PREMIUM = [
  /^\+(?:800|808|87\d|88[1238]|979|991)/,
  /^\+1(?:900|976|\d{3}976)/,
  /^\+44(?:9|70|76(?!24)|84|87)/,
  /^\+49(?:900|180|137|118|190)/,
  /^\+33(?:8|3\d{3}$)/,
  /^\+39(?:89|199|899|178)/,
  /^\+34(?:80[3-7]|90[1-7])/,
  /^\+31(?:90|18|14)/,
  /^\+32(?:90|70)/,
  /^\+41(?:90|84)/,
  /^\+43(?:9|82|810)/,
  /^\+46(?:900|939|944)/,
  /^\+47(?:82|810)/,
  /^\+45(?:90)/,
  /^\+48(?:70|300|400)/,
  /^\+353(?:15|18)/,
  /^\+351(?:60|64|76)/,
  /^\+358(?:600|700)/,
  /^\+420(?:90|81|84)/,
  /^\+61(?:190|13)/,
  /^\+7(?:80[3-9])/,
  /^\+90(?:900|898|888)/,
  /^\+55(?:900|300|500)/,
  /^\+52(?:900)/,
];

/** A number as it is stored: `+` and digits. Null when it cannot be one; people write blanks, brackets and `00`. */
export function readNumber(text: string): string | null {
  const bare = text
    .normalize('NFKC')
    .trim()
    .replace(/\(0\)/g, '')
    .replaceAll(/[\s().\-/\u2010-\u2015]/g, '')
    .replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(bare) ? bare : null;
}

/** The country calling code of a number, e.g. `+44`; null when there is none such. */
export function callingCode(number: string): string | null {
  for (let length = 3; length >= 1; length -= 1) {
    const code = number.slice(1, 1 + length);
    if (CODES.has(code)) return `+${code}`;
  }
  return null;
}

/** Whether a number is known to cost extra. */
export function isPremium(number: string): boolean {
  return PREMIUM.some((range) => range.test(number));
}

/** What quotas are counted by: the calling code, and for +1, which twenty-odd countries share, the area too. */
export function quotaPrefix(number: string): string {
  const code = callingCode(number);
  if (code === null) return number.slice(0, 4);
  return code === '+1' ? number.slice(0, 5) : code;
}
