import type { Channel } from './channel.ts';
import { overProviders, type PhoneChannelOptions } from './phone-provider.ts';

/** Text messages by any provider that is set up. */
export function createSmsChannel(options: PhoneChannelOptions): Channel {
  return overProviders({ name: 'sms', format: 'sms' }, options);
}
