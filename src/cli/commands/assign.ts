import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import type { Whom } from '../../town/agents/meant.ts'
import { assignTask } from '../../town/tasks/create.ts'
import { displayName, isTerminal } from '../../town/wire/agent-record.ts'
import { shortId } from '../../town/wire/ids.ts'
import { taskJson } from '../render/town-task.ts'
import { toJson } from '../text.ts'
import { whoTypes } from '../town/me.ts'
import { newTaskOf } from '../town/task-options.ts'
import { whomToGive } from '../town/whom.ts'
import type { Command } from '../types.ts'
import { withTown } from '../with-town.ts'

export const command: Command = (call, deps) =>
  withTown(call, deps, async (open) => {
    const { town } = open
    const [ref, ...words] = call.args
    const me = await whoTypes(open, deps)
    const agent = await whomToGive(open, deps, ref ?? '')
    const wanted = await newTaskOf(town, words, call.options, me.id)
    const task = await assignTask(town, agent, wanted, call.options.force === true)
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, task: taskJson(task) })
        : `task ${task.id} is with ${nameOf(agent)}\n`,
    )
    if (agent.record !== undefined && isTerminal(agent.record.state) && call.options.json !== true)
      await deps.io.err(
        `${nameOf(agent)} is ${agent.record.state}: task ${shortId(task.id)} waits in its inbox.\n`,
      )
    return Exit.done
  })

export const nameOf = (agent: Whom): string =>
  visible(agent.record === undefined ? agent.name : displayName(agent.record))
