import { setFlagsFromString } from 'node:v8'

/** V8's own default is 66 KiB. Bytes of bytecode that one function runs through. */
export const optimiseLateFlag = '--interrupt-budget=1000000'

/**
 * Lets the engine optimise a function fifteen times later than it would by itself. A watchdog does little each second, and
 * that for days: what is hot while its fleet starts was optimised on threads beside it, which took as much of the processor
 * as all of its work did. What stays hot is optimised all the same. An engine without this setting says so in the log.
 */
export function optimiseLate(): void {
  setFlagsFromString(optimiseLateFlag)
}
