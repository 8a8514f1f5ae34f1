/** The conversations whose transcripts stand in `golden/`. */
import type { Conversation } from './conversation.js';
import { handshakes } from './conversations/handshakes.js';
import { items } from './conversations/items.js';
import { links } from './conversations/links.js';

export const conversations: readonly Conversation[] = [...handshakes, ...links, ...items];
