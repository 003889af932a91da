export type Id = string;
export type Instant = Temporal.Instant;
export type Severity = 1 | 2 | 3 | 4 | 5;

/** A kind of alert in a page, and when its first one came. */
export interface KindFact {
  readonly name: string;
  readonly severity: Severity;
  readonly since: Instant;
}

/** A page in short: enough to be named in a message about many. */
export interface PageSummary {
  readonly groupId: Id;
  readonly number: number;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'firing' | 'acknowledged' | 'resolved';
  readonly service: string | null;
  readonly since: Instant;
  readonly resolvedAt: Instant | null;
  readonly kinds: readonly KindFact[];
  /** Rises with every change of the page. */
  readonly version: number;
}

/** One alert of a page, as it goes into an event for a machine. */
export interface AlertFact {
  readonly id: Id;
  readonly kind: string;
  readonly title: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly generatorUrl: string | null;
  readonly fingerprint: string;
}

/** Where the escalation of a page stands. */
export interface RunFacts {
  readonly policyName: string | null;
  /** `bySender`: an integration's sender did it, so no person has the page. */
  readonly acknowledgedBy: { readonly userId: Id; readonly name: string; readonly bySender?: true } | null;
  readonly acknowledgedAt: Instant | null;
  readonly snoozed: boolean;
  readonly quietUntil: Instant | null;
  /** Who is called next unless somebody answers; null while it is quiet or when nobody is known. */
  readonly next: { readonly who: string; readonly at: Instant } | null;
  readonly ackTimeoutSeconds: number;
  readonly ended: 'resolved' | 'muted' | 'by-hand' | null;
  /** Rises with every change of the run: a reply made on an older page acts only where that is harmless. */
  readonly version: number;
}

/** Everything that a message about one page can say. `alerts`: the newest, at most 20. */
export interface PageFacts extends PageSummary {
  readonly labels: Readonly<Record<string, string>>;
  readonly firing: number;
  readonly total: number;
  readonly alerts: readonly AlertFact[];
  readonly runbookUrl: string | null;
  readonly run: RunFacts | null;
}

/** Who reads the message: times are theirs. */
export interface Reader {
  readonly name: string;
  readonly zone: string;
}

/** Addresses that a message leads to. `reply` carries the token of this reader and page. */
export interface Links {
  readonly reply: string | null;
  readonly open: string;
}

/** What a mail consists of, before it is addressed. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** One line of a mail's table: the same words in text and html. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly link?: string | null;
}

/** A mail in parts; `mail.ts` sets them as text and as html. */
export interface MailParts {
  readonly subject: string;
  readonly heading: string;
  readonly lead: string | null;
  readonly rows: readonly Row[];
  readonly action: { readonly label: string; readonly url: string } | null;
  readonly sections: readonly { readonly title: string; readonly lines: readonly Line[] }[];
  readonly footer: string;
  readonly open: string;
}

/** One line of a list. */
export interface Line {
  readonly text: string;
  readonly link?: string | null;
}
