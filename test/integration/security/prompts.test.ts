import { writeFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { heard } from '../../support/heard.ts'
import { test } from '../../support/sandbox.ts'
import { agent, backend, watchdog } from '../rows/fleet.ts'

const prompt = [
  '--looks-like an option',
  '`touch canary` $(touch canary) ${HOME} $HOME \\n \\\\ "double" \'single\' #(touch canary) #{pid} %d !! ~ *',
  '\tindented; with && || | > /dev/null < x',
  'é日本語 😀 {kickoff} {model} {session}',
  '',
  'EOF',
  '$EOF last line;',
].join('\n')

describe('a prompt full of shell, tmux and option syntax', () => {
  test('arrives byte for byte by argument, by file and by typed message, and nothing in it is run', async ({
    box,
  }) => {
    writeFileSync(`${box.dir}/prompt.md`, prompt)
    const from = 'watch = "heal"\nprompt_file = "prompt.md"'
    box.config(
      watchdog() +
        backend('arg', `sh -c 'printf %s "$1" > arg.txt; exec sleep 1000' sh`).replace('"exec"', '"arg"') +
        backend('exec', 'cp {kickoff} exec.txt; exec sleep 1000') +
        backend('ping', box.fake('echoes-lines'), "composer_re = '> '\nconnect_delay = 1").replace(
          '"exec"',
          '"ping"',
        ) +
        agent('by-arg', 'arg', from) +
        agent('by-exec', 'exec', from) +
        agent('by-ping', 'ping', `${from}\nenv = { AGENT_RECORD = "${box.dir}/record" }`),
    )
    await box.agents('up')
    await box.until(
      'all three',
      () => (box.exists('arg.txt') && box.exists('exec.txt') && box.exists('record')) || undefined,
    )
    // A line feed is put before a leading dash, so that the prompt is no option; CLIs trim it.
    expect(box.read('arg.txt')).toBe(`\n${prompt}`)
    expect(box.read('exec.txt')).toBe(prompt)
    const [boot] = heard(box, 'record')
    const path = /^Read your instructions now with: cat (\S+) and follow them\.$/.exec(boot!)![1]!
    expect(box.read(path.slice(box.dir.length + 1))).toBe(prompt)
    expect(box.exists('canary')).toBe(false)
  }, 30_000)

  test('a wake with the end of a paste, Ctrl-C and carriage returns in it types one line and presses one key', async ({
    box,
  }) => {
    writeFileSync(`${box.dir}/wake.md`, 'start \x1b[201~\x03\x04\x1a\r/exit\r\x1b]0;t\x07 `x` $(x) ; end\\;')
    box.config(
      watchdog() +
        backend('t', box.fake('echoes-lines'), "composer_re = '> '") +
        agent(
          'a',
          't',
          `watch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/record" }\nwake = { prompt_file = "wake.md", interval = 1 }`,
        ),
    )
    await box.agents('up')
    const pid = box.pid('a')
    await box.until('two wakes', () => heard(box, 'record').length >= 2 || undefined, 15_000)
    const typed = heard(box, 'record').map((line) => line.replace(/\s+/g, ' '))
    expect(new Set(typed)).toEqual(new Set(['start /exit `x` $(x) ; end\\;']))
    expect(box.pid('a')).toBe(pid)
  }, 30_000)
})
