import type { PolicySpec } from '../../core/index.ts'
import { type Danger, named } from '../../dialogs/danger.ts'
import { entries } from '../../dialogs/identify.ts'
import { dialogKinds } from '../../dialogs/types.ts'
import { error, type Finding, type Path, soft, warning } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { Resolved } from '../resolve.ts'

const known: readonly string[] = [...dialogKinds, ...entries.map((entry) => entry.id)]

/** Rules that can never apply, and rules that allow more than their author may have meant. */
export function checkPolicies(resolved: Resolved): Finding[] {
  const { policies } = resolved.fleet
  return resolved.policies.flatMap(({ path, spec }) => [
    ...names(spec, path, resolved),
    ...useless(spec, path, policies.slice(0, policies.indexOf(spec))),
    ...dangerous(spec, path),
  ])
}

function names(rule: PolicySpec, path: Path, { fleet }: Resolved): Finding[] {
  const findings: Finding[] = []
  if (rule.dialog !== undefined && !known.includes(rule.dialog))
    findings.push(
      unknown(
        [...path, 'dialog'],
        `"${rule.dialog}" is no kind of dialog and no id of the catalogue.`,
        rule.dialog,
        known,
      ),
    )
  const agents = fleet.agents.map((agent) => agent.name)
  for (const [at, agent] of (rule.agents ?? []).entries())
    if (!agents.includes(agent))
      findings.push(unknown([...path, 'agents', at], `"${agent}" is not an agent.`, agent, agents))
  const backends = Object.keys(fleet.backends)
  if (rule.backend !== undefined && !backends.includes(rule.backend))
    findings.push(
      unknown([...path, 'backend'], `No agent has a backend "${rule.backend}".`, rule.backend, backends),
    )
  return findings
}

function unknown(path: Path, what: string, name: string, all: readonly string[]): Finding {
  const near = nearest(name, all)
  const fix = near === undefined ? `Write one of: ${all.slice(0, 12).join(', ')}.` : `Write "${near}".`
  return soft('CONFIG_POLICY_UNKNOWN', path, what, fix)
}

function useless(rule: PolicySpec, path: Path, before: readonly PolicySpec[]): Finding[] {
  const wider = before.find((one) => covers(one, rule))
  if (wider !== undefined) {
    const what = `The rule "${wider.id}" above is about all that this one is about, and comes first.`
    return [warning('CONFIG_POLICY_USELESS', path, what, 'Put the narrower rule first, or remove this one.')]
  }
  const entry = entries.find((one) => one.id === rule.dialog)
  const { answer } = rule
  if (entry === undefined || entry.options.length === 0 || answer.kind === 'regex') return []
  const wanted = answer.text.toLowerCase()
  const offered = entry.options.some((label) => {
    const has = label.toLowerCase()
    return has.startsWith(wanted) || wanted.startsWith(has)
  })
  if (offered) return []
  const what = `"${answer.text}" was never seen among the options of ${entry.id}.`
  const fix = `Seen: ${entry.options.map((label) => `"${label}"`).join(', ')}.`
  return [warning('CONFIG_POLICY_USELESS', [...path, 'answer'], what, fix)]
}

/** Every dialog that `narrow` is about, `wide` is about, too. */
function covers(wide: PolicySpec, narrow: PolicySpec): boolean {
  if (wide.match !== undefined && wide.match !== narrow.match) return false
  if (wide.backend !== undefined && wide.backend !== narrow.backend) return false
  if (wide.agents !== undefined && !(narrow.agents?.every((one) => wide.agents!.includes(one)) ?? false))
    return false
  const kind = entries.find((one) => one.id === narrow.dialog)?.kind
  if (wide.dialog === undefined) return narrow.dialog !== 'unknown'
  return wide.dialog === narrow.dialog || wide.dialog === kind
}

const does: Readonly<Record<Danger, string>> = {
  paid: 'may cost money',
  model: 'may change the model',
  update: 'may change the program',
  lasting: 'is asked no second time',
  bypass: 'bypasses permissions',
  account: 'may change the account',
  delete: 'may delete',
}

function dangerous(rule: PolicySpec, path: Path): Finding[] {
  const { answer, dialog, match } = rule
  if (dialog === 'unknown' && match === undefined) {
    const what = 'The rule answers dialogs that nobody knows, whatever they say.'
    return [
      error('CONFIG_POLICY_BLIND', [...path, 'dialog'], what, 'Add match = "…" with words of the dialog.'),
    ]
  }
  const allowed = named(answer.text)
  if (dialog === 'bypass' && !allowed.includes('bypass') && !/^no\b/iu.test(answer.text))
    allowed.push('bypass')
  if (allowed.length > 0) {
    const what = `The rule allows an answer that ${allowed.map((one) => does[one]).join(' and ')}: "${answer.text}".`
    return [
      warning('CONFIG_POLICY_DANGER', [...path, 'answer'], what, 'Remove the rule if you do not mean that.'),
    ]
  }
  if (dialog !== undefined || match !== undefined) return []
  const what = `The rule gives this answer in every dialog that the catalogue knows and that offers it.`
  return [warning('CONFIG_POLICY_WIDE', path, what, 'Add dialog = "…", or match = "…".')]
}
