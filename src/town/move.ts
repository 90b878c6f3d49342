import { parsedJson } from './json.ts'
import { moveScript } from './lua/move.ts'
import { decodeMessage } from './message.ts'
import { repeated } from './repeat.ts'
import { type Town, textsOf } from './town.ts'

/**
 * Moves what waits in one inbox into another, urgent ones into the urgent list, each with its id, sender and time, in
 * order. What cannot be read is put away, byte for byte. Two that do this at once move each message once.
 * @returns ids that were moved
 */
export async function moveMail(town: Town, from: string, to: string): Promise<string[]> {
  const moved: string[] = []
  for (const list of ['urgent', 'inbox'] as const) {
    const key = town.keys[list](from)
    const many = Number(await town.redis.call('LLEN', key))
    for (let at = 0; at < many; at++) {
      const raw = await town.redis.call('LINDEX', key, list === 'urgent' ? -1 : 0)
      if (typeof raw !== 'string') break
      const message = decodeMessage(raw)
      const whole = { ...(parsedJson(raw) as Record<string, unknown>), to }
      // At the end, as a normal send would: the order among them stays.
      const place = list === 'urgent' ? 'urgent' : 'tail'
      const args = [from, to, list, raw, message?.id ?? '', JSON.stringify(whole), place]
      const [word] = textsOf(await repeated(() => town.redis.script(moveScript, [town.keys.root], args)))
      if (word === 'moved' && message !== undefined) moved.push(message.id)
    }
  }
  return moved
}
