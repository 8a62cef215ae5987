// GitHub's own parser of workflows and actions, which is made for bundlers: it imports JSON without saying so, which Node refuses.
import { registerHooks } from 'node:module'

const hooks = registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
})
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
)
const { parseAction } = await import('@actions/workflow-parser/actions/action-parser')
hooks.deregister()

const trace = new NoOperationTraceWriter()

/** Says what is wrong with a workflow. */
export async function errorsOfWorkflow(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'deploy.yml', content }, trace)
  if (value) await convertWorkflowTemplate(context, value)
  return context.errors.getErrors().map(({ message }) => message)
}

/** Says what is wrong with an action. */
export function errorsOfAction(content: string): string[] {
  const { context } = parseAction({ name: 'action.yml', content }, trace)
  return context.errors.getErrors().map(({ message }) => message)
}
