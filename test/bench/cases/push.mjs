import { bringUp, configOf, noGovernor, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'
import { timed } from '../measure.mjs'

const loop = `[loop]
phases = [{ id = "p1", status = "STATUS.md" }]
roles_dir = "."
[loop.handoff]
repo = "repo"
claim_pings = "adversary"
review_pings = "builder"
`

/** A push to a local bare remote becomes a message submitted to the agent that it is for. */
export const push = {
  name: 'push',
  title: 'a push to a local remote is a ping submitted',
  async run({ quick }) {
    const lab = openLab()
    try {
      const count = quick ? 15 : 100
      const git = await repositories(lab)
      const baseline = []
      for (let at = 0; at < Math.min(count, 30); at += 1) {
        await git.commit(`warm ${at}`)
        baseline.push(await timed(() => git.push()))
      }
      writePrograms(lab)
      for (const role of ['builder', 'adversary']) lab.write(`${role}.md`, `You are the ${role}.\n`)
      const agents = ['builder', 'adversary']
      lab.write(
        'agents.toml',
        configOf(lab, {
          agents,
          kindOf: () => 'listener',
          watchdog: noGovernor,
          more: loop,
          agentMore: 'kind = "loop"',
        }).replace(/name = "(builder|adversary)"/g, 'name = "$1"\nrole = "$1"'),
      )
      await bringUp(lab, agents)
      await sleep(2500)
      const whole = []
      const after = []
      const heard = []
      for (let at = 0; at < count; at += 1) {
        const [subject, target] = at % 2 === 0 ? ['claim', 'adversary'] : ['review', 'builder']
        await git.commit(`${subject}: gate ${at}`)
        const from = lab.events.count()
        const line = lab.starts.next(`${target}.heard`)
        const begun = Date.now()
        await git.push()
        const pushed = Date.now()
        const event = await lab.events.next(
          from,
          (one) => one.kind === 'ping-submitted' && one.agent === target,
        )
        whole.push(event.at - begun)
        after.push(event.at - pushed)
        heard.push((await line).wall - begun)
        await sleep(120 + ((at * 53) % 300))
      }
      const bare = { what: 'plain `git push` alone', samples: baseline }
      return [
        {
          what: 'push begun to ping-submitted',
          unit: 'ms',
          samples: whole,
          target: { of: 'p99', below: 500 },
          baseline: bare,
        },
        {
          what: 'push begun to the line in the agent',
          unit: 'ms',
          samples: heard,
          target: { of: 'p99', below: 500 },
          baseline: bare,
        },
        { what: 'push over to ping-submitted', unit: 'ms', samples: after },
      ]
    } finally {
      await lab.end()
    }
  },
}

async function repositories(lab) {
  const who = ['-c', 'user.name=b', '-c', 'user.email=b@example.invalid']
  const git = (at, ...args) => lab.exec('git', [...who, ...args], { cwd: at })
  await git(lab.dir, 'init', '-q', '--bare', '-b', 'main', 'origin.git')
  await git(lab.dir, 'clone', '-q', 'origin.git', 'pusher').catch(() => undefined)
  const pusher = lab.path('pusher')
  const commit = (subject) => git(pusher, 'commit', '-q', '--allow-empty', '-m', subject)
  const send = () => git(pusher, 'push', '-q', 'origin', 'HEAD:main')
  await commit('start')
  await send()
  await git(lab.dir, 'clone', '-q', 'origin.git', 'repo')
  return { commit, push: send }
}
