import { serverRecordName } from './build.ts'
import { type Program, watchdogSessionSpec } from './keeper.ts'
import type { Observer } from './look/observer.ts'
import { fleetTag, watchdogSession } from './names.ts'
import type { World } from './world.ts'

export interface ServerUpkeep {
  /** Called after every look: mends a server that cannot be reached, remembers the one that can. */
  mend(): Promise<void>
  /**
   * The fleet's session for the watchdog went with its tmux server, or somebody closed it: a successor starts in a new
   * one. Answers true when we should make room for it: once a later look has found it alive, for nobody else would notice
   * that it ended as it began. The same for one that we did not make: our own loop, whose terminal is gone, may have begun
   * us again beside the successor of the one before us.
   */
  moveIn(program: Program): Promise<boolean>
}

/** @param loopPid the process that started this one: the shell loop, where this watchdog runs in a session */
export function createServerUpkeep(
  world: World,
  observer: Observer,
  loopPid: () => number = () => process.ppid,
): ServerUpkeep {
  let known = ''
  /** Pane of the successor, once it was made or seen. */
  let successor: string | undefined

  async function mend(): Promise<void> {
    const scan = observer.lastScan()
    // A control client stays connected when the socket's file is removed; nobody else can come in (row 20).
    const cutOff = scan.kind === 'ok' && !(await world.files.exists(world.tmux.socketPath()))
    if (scan.kind === 'unknown' || cutOff) {
      const done = await world.tmux.repair()
      if (done !== undefined) world.report({ kind: 'tmux-lost', because: done })
      return
    }
    const server = world.tmux.serverIdentity()
    const key = JSON.stringify(server ?? null)
    if (server === undefined || key === known) return
    known = key
    await world.store.save(serverRecordName, server)
  }

  async function moveIn(program: Program): Promise<boolean> {
    const scan = observer.lastScan()
    if (scan.kind !== 'ok') return false
    const fleet = world.fleet()
    const session = watchdogSession(fleet)
    const standing = scan.panes.find((pane) => pane.sessionName === session)
    if (standing !== undefined) {
      if (standing.tag?.project !== fleetTag(fleet) || standing.panePid === loopPid()) return false
      if (!standing.dead) {
        const wasSeen = standing.paneId === successor
        successor = standing.paneId
        return wasSeen
      }
      await world.tmux.killSession(standing.sessionId)
    }
    const made = await world.tmux.newSession(watchdogSessionSpec(world, program))
    successor = made.kind === 'created' ? made.paneId : undefined
    return false
  }

  return { mend, moveIn }
}
