import * as v from 'valibot'
import { amount, duration, flag, key, list, size, tableFault } from './fields.ts'

const count = (max = 1_000_000) => amount(1, max, true)

/** `[watchdog]` */
export const watchdogTable = v.object(
  {
    signal_interval: v.optional(
      key(duration(50), {
        about:
          'How often a push is looked for that no clone on this machine tells of; below a second, the tick too.',
      }),
      30,
    ),
    heavy_interval: v.optional(
      key(duration(50), {
        about:
          'Slowest allowed reaction of healing and of the phase advance: below a second the tick, and below `signal_interval` the look for a push, keep to it. Events make both far faster.',
      }),
      300,
    ),
    stall_grace: v.optional(
      key(duration(), { about: 'How long past a WAITING-UNTIL marker before it is a stall.' }),
      180,
    ),
    limit_probe_fallback: v.optional(
      key(duration(1000), {
        about: 'Time between probes of a usage limit whose reset time is not understood.',
      }),
      300,
    ),
    limit_reset_slack: v.optional(
      key(duration(), {
        about: 'Wait this long, and up to a fifth more by chance, past the reset time that a banner names.',
      }),
      45,
    ),
    limit_stagger: v.optional(
      key(duration(), {
        about:
          'After a usage limit one agent of the account tries first; then the others follow, one each such time.',
      }),
      8,
    ),
    overload_waits: v.optional(
      key(list(duration(1000), 'array of durations'), {
        about:
          'When a service is overloaded: waits before the agent is asked to carry on, one after the other; the last one repeats.',
        defaultText: '`["30s", "1m", "2m", "5m"]`',
      }),
      ['30s', '1m', '2m', '5m'],
    ),
    stop_removed: v.optional(
      key(flag(), {
        about:
          'Stop agents and services that were removed from the file; else they run on and are reported as unmanaged.',
      }),
      false,
    ),
    apply_now: v.optional(
      key(flag(), { about: 'Restart a changed agent at once, not at its next turn boundary.' }),
      false,
    ),
    stop_grace: v.optional(
      key(duration(), { about: 'How long `down` waits after asking an agent to leave.' }),
      5,
    ),
    restart_intensity: v.optional(
      key(count(), {
        about: 'Restarts of one agent allowed at once within `restart_period`; the next ones back off.',
      }),
      5,
    ),
    restart_period: v.optional(
      key(duration(1), { about: 'Window of `restart_intensity` and `fleet_intensity`.' }),
      60,
    ),
    backoff_initial: v.optional(key(duration(1), { about: 'First back-off; each further one doubles.' }), 1),
    backoff_max: v.optional(key(duration(1), { about: 'Longest back-off.' }), 300),
    backoff_jitter: v.optional(
      key(amount(0, 1, false), { about: 'Random part of a back-off, as a fraction: 0.2 is ±20 %.' }),
      0.2,
    ),
    park_after: v.optional(
      key(count(), { about: 'Restarts within `park_period` after which an agent is parked.' }),
      10,
    ),
    park_period: v.optional(key(duration(1), { about: 'Window of `park_after`.' }), 900),
    healthy_after: v.optional(
      key(duration(1), { about: 'Up this long, an agent’s restarts are forgotten.' }),
      600,
    ),
    start_rate: v.optional(
      key(amount(0.1, 10_000, false), { about: 'Starts of the whole fleet.', unit: 'per second' }),
      50,
    ),
    common_cause: v.optional(
      key(count(), {
        about: 'This many agents gone within one second are one incident: no strike for any of them.',
      }),
      3,
    ),
    fleet_intensity: v.optional(
      key(count(), {
        about:
          'Counted failures of the whole fleet within `restart_period` that stop all restarts for a while.',
      }),
      60,
    ),
    typing_grace: v.optional(
      key(duration(), {
        about: 'Nothing is typed into a pane so soon after a person’s last key in it.',
      }),
      30,
    ),
    message_inline: v.optional(
      key(size(256), {
        about: 'A longer message is written to a file, and the agent is told its path.',
      }),
      '4KB',
    ),
    log_max: v.optional(key(size(4096), { about: 'Size at which a session log is rotated.' }), '10MB'),
    log_keep: v.optional(key(amount(0, 1000, true), { about: 'Older session logs that are kept.' }), 3),
    regex_deadline: v.optional(
      key(duration(1), { about: 'Longest run of one pattern on one screen.' }),
      '50ms',
    ),
    tmux_deadline: v.optional(key(duration(50), { about: 'Longest wait for tmux.' }), 2),
    git_deadline: v.optional(key(duration(100), { about: 'Longest wait for git.' }), 20),
  },
  tableFault,
)
