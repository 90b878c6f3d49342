import { chmodSync } from 'node:fs'

/** Governor settings under which nothing ever backs off: what is measured is the machinery. */
export const noGovernor = `restart_intensity = 100000
park_after = 1000000
fleet_intensity = 1000000
start_rate = 10000`

/** Says its pid in the record, then does nothing. */
const quiet = `#!/bin/sh
echo "$$" >> "$BENCH_RECORDS/$AGENTS_AGENT"
printf '> \\n'
exec sleep 1000000
`

/** An agent CLI at work: a line of the scrolling reply now and then, a spinner row redrawn each second. */
const spinner = `#!/usr/bin/env perl
$| = 1;
open(my $r, '>>', "$ENV{BENCH_RECORDS}/$ENV{AGENTS_AGENT}"); print $r "$$\\n"; close $r;
print "\\e[2J\\e[H> do the thing\\n\\n* I am reading the files.\\n\\n";
my $n = 0;
while (1) { $n++; print "\\r\\e[2K\\xe2\\x9c\\xbb Working\\xe2\\x80\\xa6 (\${n}s \\xc2\\xb7 esc to interrupt)"; sleep 1; }
`

/** Writes each line it is told into the record: one line of input, one line there. */
const listener = `#!/bin/sh
echo "$$" >> "$BENCH_RECORDS/$AGENTS_AGENT"
printf '> '
while IFS= read -r line; do echo "$line" >> "$BENCH_RECORDS/$AGENTS_AGENT.heard"; printf '> '; done
`

/** Told `limit`, it draws a banner whose reset is three seconds away; told anything else, it is back at its composer. */
const limiter = `#!/bin/sh
echo "$$" >> "$BENCH_RECORDS/$AGENTS_AGENT"
stty -echo
printf '\\033[2J\\033[H\\342\\235\\257 '
while IFS= read -r line; do
  printf '\\033[2J\\033[H'
  case "$line" in limit)
    printf "You've hit your session limit \\302\\267 resets in 3s\\n\\n"
    echo shown >> "$BENCH_RECORDS/$AGENTS_AGENT.shown"
  esac
  printf '\\342\\235\\257 '
done
`

export function writePrograms(lab) {
  for (const [name, text] of Object.entries({ quiet, spinner, listener, limiter })) {
    lab.write(name, text)
    chmodSync(lab.path(name), 0o755)
  }
}

/**
 * The text of an agents.toml.
 * @param agents names; `kindOf` gives each one's program: quiet, spinner or listener
 */
export function configOf(
  lab,
  { agents, kindOf = () => 'quiet', watchdog = noGovernor, more = '', agentMore = '' },
) {
  const used = [...new Set(agents.map((name) => kindOf(name)))]
  const backends = used.map(
    (name) => `[backend.${name}]\npreset = "claude"\nbin = "${lab.path(name)}"\nprompt_delivery = "exec"\n`,
  )
  const tables = agents.map(
    (name) => `[[agent]]\nname = "${name}"\nbackend = "${kindOf(name)}"\nwatch = "heal"\n${agentMore}\n`,
  )
  return `[defaults]
session_prefix = "b-"
log_dir = "logs"
tmux_socket = "${lab.socket}"
env = { BENCH_RECORDS = "${lab.records}" }

[watchdog]
${watchdog}

${backends.join('\n')}
${more}
${tables.join('\n')}`
}

export const names = (count, prefix = 'a') =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at + 1).padStart(3, '0')}`)

/** The fleet up, each agent's process running, and the first rush over. */
export async function bringUp(lab, agents) {
  await lab.agents('up')
  await Promise.all(agents.map((name) => lab.starts.last(name)))
}
