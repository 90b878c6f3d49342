import { randomBytes } from 'node:crypto'
import type { NewSession } from '../adapters/tmux/types.ts'
import { passEnv } from '../backends/launch.ts'
import { type Fleet, namedConfig } from '../core/index.ts'
import { fleetTag, runKey, sessionLogPath, watchdogSession } from './names.ts'
import { placeVariables } from './town/variables.ts'
import type { World } from './world.ts'

/** How to run this program again: interpreter and entry file. */
export interface Program {
  node: string
  entry: string
}

/**
 * The plain shell loop around the watchdog (reliability.md F17: a loop brought it back 200 times of 200, tmux hooks 11
 * of 20). $1 interpreter, $2 entry, $3 config, $4 log, $5 state folder. It outlives the terminal (HUP ignored), restarts
 * at once after a crash, and backs off up to 30 s when it keeps crashing; up to 5 s over a config that is broken and has
 * no good copy (2) or a tmux that does not run (5), which somebody mends who does not think of us. Only 0, asked to stop,
 * ends it. With 4 another watchdog has the lock: it is waited for, some minutes, for it may be one of a terminal that
 * ends soon, and would leave the fleet alone.
 *
 * The watchdog has a session of its own, without a terminal: when the loop dies, the kernel hangs up the terminal's
 * foreground group, and Node, which forgets the ignored HUP when it starts, would die of it until it listens itself.
 * macOS has no `setsid`, but a perl. Ctrl-C in the pane asks the watchdog to stop, and ends the loop.
 *
 * Garbage is collected on the watchdog's own thread: helpers cost a third as much again. What is young has 4 MiB (of
 * Node's 16): what two hundred agents need for a tick fits, a collection is over sooner, and 15 MiB less stay resident.
 */
export const keeperScript = `trap '' HUP
umask 077
asked=
child=
if command -v setsid >/dev/null; then apart() { exec setsid "$@"; }
elif command -v perl >/dev/null; then apart() { exec perl -e 'use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV or die $!' "$@"; }
else apart() { exec "$@"; }
fi
trap 'asked=1; if [ -n "$child" ]; then kill -INT "$child"; fi' INT
pause() {
  sleep "$1" &
  wait "$!"
  if [ -n "$asked" ]; then exit 0; fi
}
log=$4
if [ -L "$log" ] || { [ -e "$log" ] && [ ! -f "$log" ]; }; then log=/dev/null; fi
fails=0
held=0
while :; do
  began=$(date +%s)
  apart "$1" --single-threaded-gc --max-semi-space-size=4 "$2" watchdog --config "$3" --in-session --state-dir "$5" </dev/null >>"$log" 2>&1 &
  child=$!
  wait "$child"
  code=$?
  while [ "$code" -gt 128 ] && kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
  if [ -n "$asked" ] || [ "$code" -eq 0 ]; then exit 0; fi
  if [ "$code" -eq 4 ]; then
    held=$((held + 1))
    if [ "$held" -gt 60 ]; then exit 4; fi
    pause 2
    continue
  fi
  held=0
  if [ $(( $(date +%s) - began )) -ge 60 ]; then fails=0; fi
  fails=$((fails + 1))
  if [ "$fails" -gt 2 ]; then
    wait=$(( (fails - 2) * (fails - 2) ))
    most=30
    case $code in 2|5) most=5 ;; esac
    if [ "$wait" -gt "$most" ]; then wait=$most; fi
    pause "$wait"
  fi
done`

/** The session that the watchdog runs in. */
export function watchdogSessionSpec(world: World, program: Program): NewSession {
  const fleet = world.fleet()
  const session = watchdogSession(fleet)
  return {
    session,
    dir: fleet.projectDir,
    argv: [
      '/bin/sh',
      '-c',
      keeperScript,
      'agents-keeper',
      program.node,
      program.entry,
      namedConfig(fleet),
      sessionLogPath(fleet, session),
      fleet.stateDir,
    ],
    env: {
      ...agentKeys(fleet, world.env),
      AGENTS_PROJECT: fleet.projectDir,
      AGENTS_RUN: runKey(fleet, 'watchdog'),
    },
    tag: { project: fleetTag(fleet), agent: 'watchdog', run: randomBytes(6).toString('hex') },
    pipe: undefined,
  }
}

/**
 * What the backends in use are given of the operator's environment (`pass_env`), and the webhook's token: a watchdog in
 * a clean tmux server would else start an agent again without its key.
 */
function agentKeys(fleet: Fleet, env: NodeJS.ProcessEnv): Record<string, string> {
  const used = new Set(fleet.agents.map((spec) => spec.backend))
  const patterns = [...used].flatMap((name) => fleet.backends[name]?.passEnv ?? [])
  if (fleet.notify?.webhookTokenEnv !== undefined) patterns.push(fleet.notify.webhookTokenEnv)
  patterns.push(...placeVariables(fleet))
  return passEnv(patterns, env)
}
