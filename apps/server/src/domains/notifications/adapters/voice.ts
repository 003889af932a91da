import type { Channel } from './channel.ts';
import { overProviders, type PhoneChannelOptions } from './phone-provider.ts';

/** Calls by any provider that is set up. A call rings: it is made only for what calls a person. */
export function createVoiceChannel(options: PhoneChannelOptions): Channel {
  return overProviders({ name: 'voice', format: 'spoken', rings: true }, options);
}
