import MailComposer from 'nodemailer/lib/mail-composer';
import type { Address, MailMessage, SendContext } from './channel.ts';

/** Builds the mail as it goes over the wire. No header can be made by its content: line breaks become blanks. */
export function composeMail(
  message: MailMessage,
  to: Address,
  how: { readonly from: { readonly name: string; readonly address: string }; readonly context: SendContext },
): Promise<Buffer> {
  const domain = how.from.address.split('@')[1]?.replace(/[^\w.-]/g, '') || 'tocsin.invalid';
  const id = (key: string) => `<${key.replaceAll(/[^\w.-]/g, '')}@${domain}>`;
  const thread = id(message.thread);
  const mail = new MailComposer({
    from: { name: oneLine(how.from.name), address: how.from.address },
    to: { name: oneLine(to.name ?? ''), address: to.to },
    subject: oneLine(message.subject),
    text: message.text,
    html: message.html,
    messageId: id(how.context.key),
    references: thread,
    inReplyTo: thread,
    headers: {
      date: mailDate(how.context.now),
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
      ...(message.urgent ? { importance: 'high' } : {}),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}

/** Text that can stand in a header: control characters and line breaks become blanks. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function mailDate(now: Temporal.Instant): string {
  const at = now.toZonedDateTimeISO('UTC');
  const time = at.toPlainTime().toString({ smallestUnit: 'second' });
  return `${DAYS[at.dayOfWeek - 1]}, ${at.day} ${MONTHS[at.month - 1]} ${at.year} ${time} +0000`;
}
