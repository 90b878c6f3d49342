/** `AGENT_MODEL_<name>` and `AGENT_BACKEND_<name>`, by agent name. */
export interface Overrides {
  model: ReadonlyMap<string, string>
  backend: ReadonlyMap<string, string>
}

/**
 * Overrides for this one call. Empty values are ignored. The watchdog passes no environment: it must not inherit what
 * somebody once typed before `agents up`.
 */
export function overridesOf(env: Readonly<Record<string, string | undefined>> | undefined): Overrides {
  const model = new Map<string, string>()
  const backend = new Map<string, string>()
  for (const [variable, value] of Object.entries(env ?? {})) {
    if (value === undefined || value === '') continue
    if (variable.startsWith('AGENT_MODEL_')) model.set(variable.slice('AGENT_MODEL_'.length), value)
    if (variable.startsWith('AGENT_BACKEND_')) backend.set(variable.slice('AGENT_BACKEND_'.length), value)
  }
  return { model, backend }
}
