import { expect, test } from 'vitest'
import { makeFleet, makePane } from '../../test/simulator/build.ts'
import type { PaneSight } from '../core/index.ts'
import type { Observer } from './look/observer.ts'
import { fleetTag, watchdogSession } from './names.ts'
import { createServerUpkeep } from './server-upkeep.ts'
import type { World } from './world.ts'

const program = { node: 'node', entry: 'agents.js' }

const loop = 77

function upkeepOf() {
  const fleet = makeFleet([])
  const did: string[] = []
  const seen: { panes: PaneSight[] } = { panes: [] }
  let made = 0
  const world = {
    fleet: () => fleet,
    env: {},
    tmux: {
      newSession: async () => {
        made += 1
        did.push(`made %${made}`)
        return { kind: 'created', sessionId: `$${made}`, paneId: `%${made}`, panePid: 1 }
      },
      killSession: async (id: string) => void did.push(`killed ${id}`),
    },
  } as unknown as World
  const observer = { lastScan: () => ({ kind: 'ok', panes: seen.panes }) } as unknown as Observer
  const { moveIn } = createServerUpkeep(world, observer, () => loop)
  const tag = { project: fleetTag(fleet), agent: 'watchdog', run: 'r' }
  const see = (paneId: string, dead: boolean, more: Partial<PaneSight> = {}): void => {
    const sessionId = paneId.replace('%', '$')
    seen.panes = [makePane({ paneId, sessionId, sessionName: watchdogSession(fleet), tag, dead, ...more })]
  }
  return { did, see, move: () => moveIn(program) }
}

test('the watchdog stays where it lives', async () => {
  const { did, see, move } = upkeepOf()
  see('%9', false, { panePid: loop })
  expect([await move(), await move(), did]).toEqual([false, false, []])
})

test('a session of that name that is not the fleet’s own is left alone', async () => {
  const { did, see, move } = upkeepOf()
  see('%9', false, { tag: undefined })
  expect([await move(), await move(), did]).toEqual([false, false, []])
})

test('begun again by a loop without a session, it makes room for the successor of the one before it', async () => {
  const { did, see, move } = upkeepOf()
  see('%9', false)
  expect([await move(), await move(), did]).toEqual([false, true, []])
})

test('it makes room for a successor that was seen alive, and not for one that ended as it began', async () => {
  const { did, see, move } = upkeepOf()
  expect([await move(), did]).toEqual([false, ['made %1']])
  see('%1', true)
  expect([await move(), did]).toEqual([false, ['made %1', 'killed $1', 'made %2']])
  see('%2', false)
  expect(await move()).toBe(true)
})
