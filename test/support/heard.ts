import type { Sandbox } from './sandbox.ts'

/**
 * Messages that a fake agent recorded as submitted to it. A line without its end is still being written, and an empty
 * file was only opened: neither is a message yet.
 */
export const heard = (box: Sandbox, file: string): string[] =>
  box.exists(file)
    ? box
        .read(file)
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { text: string }).text)
    : []
