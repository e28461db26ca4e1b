// From the text of a request to the text of an answer: JSON-RPC 2.0 (one call or several), and the older dialect.
import { AppError } from '../../core/errors.ts'
import type { Daemon } from '../daemon.ts'
import type { Caller, Json, JsonObject } from './method.ts'
import { METHODS } from './methods.ts'
import { oldParams, oldResult, toSnake } from './old-dialect.ts'

/** jsonrpc.org/specification, section 5.1. */
const PARSE_ERROR = -32_700
const INVALID_REQUEST = -32_600
const METHOD_NOT_FOUND = -32_601
const INVALID_PARAMS = -32_602
const INTERNAL_ERROR = -32_603
/** Ours, for what is neither: `data.code` says which. */
const FAILED = 1

/** What stops one request from keeping the daemon busy for ever. */
const MAX_BATCH = 100

class RpcError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** `undefined`: nothing is to be answered (notifications only). */
export async function answerRequest(
  daemon: Daemon,
  text: string,
  caller: Caller,
): Promise<JsonObject | readonly JsonObject[] | undefined> {
  let request: unknown
  try {
    request = JSON.parse(text)
  } catch {
    return failure(null, new RpcError(PARSE_ERROR, 'the request is no JSON'))
  }
  if (!Array.isArray(request)) return answerOne(daemon, request, caller)
  if (request.length === 0 || request.length > MAX_BATCH) {
    return failure(null, new RpcError(INVALID_REQUEST, `a batch holds 1 to ${MAX_BATCH} calls`))
  }
  const answers: JsonObject[] = []
  for (const one of request) {
    const answer = await answerOne(daemon, one, caller)
    if (answer !== undefined) answers.push(answer)
  }
  return answers.length === 0 ? undefined : answers
}

function answerOne(daemon: Daemon, request: unknown, caller: Caller): Promise<JsonObject | undefined> {
  if (!isObject(request)) return Promise.resolve(failure(null, new RpcError(INVALID_REQUEST, 'a call is an object')))
  return request['jsonrpc'] === undefined ? answerOld(daemon, request, caller) : answerNew(daemon, request, caller)
}

async function answerNew(daemon: Daemon, request: JsonObject, caller: Caller): Promise<JsonObject | undefined> {
  const { id, method, params = {} } = request
  const isNotification = id === undefined
  try {
    const isGoodId = isNotification || id === null || typeof id === 'string' || typeof id === 'number'
    if (request['jsonrpc'] !== '2.0' || typeof method !== 'string' || !isGoodId) {
      throw new RpcError(INVALID_REQUEST, 'expected "jsonrpc": "2.0", a "method" and an "id" that is text or a number')
    }
    if (!isObject(params)) throw new RpcError(INVALID_PARAMS, 'params: expected an object')
    const result = await run(daemon, method, params, caller)
    return isNotification ? undefined : { jsonrpc: '2.0', result, id }
  } catch (error) {
    return isNotification ? undefined : failure(id ?? null, error)
  }
}

async function answerOld(daemon: Daemon, request: JsonObject, caller: Caller): Promise<JsonObject> {
  const { method, arguments: given = {}, tag } = request
  const answer = (result: string, answers: JsonObject): JsonObject => ({
    result,
    arguments: answers,
    ...(tag !== undefined && { tag }),
  })
  try {
    if (typeof method !== 'string') throw new RpcError(INVALID_REQUEST, 'expected a "method"')
    if (!isObject(given)) throw new RpcError(INVALID_PARAMS, 'arguments: expected an object')
    const name = toSnake(method)
    const { fields } = given
    const asked = Array.isArray(fields) ? fields.filter((field: Json) => typeof field === 'string') : []
    return answer('success', oldResult(name, await run(daemon, name, oldParams(given), caller), asked))
  } catch (error) {
    return answer(sentenceOf(error), {})
  }
}

async function run(daemon: Daemon, name: string, params: JsonObject, caller: Caller): Promise<JsonObject> {
  const method = METHODS.get(name)
  if (method === undefined) throw new RpcError(METHOD_NOT_FOUND, `there is no method ${JSON.stringify(name)}`)
  return method.call(daemon, params, caller)
}

function failure(id: Json, error: unknown): JsonObject {
  const message = sentenceOf(error)
  if (error instanceof RpcError) return { jsonrpc: '2.0', error: { code: error.code, message }, id }
  if (!(error instanceof AppError)) return { jsonrpc: '2.0', error: { code: INTERNAL_ERROR, message }, id }
  const code = error.code === 'usage' ? INVALID_PARAMS : FAILED
  return { jsonrpc: '2.0', error: { code, message, data: { code: error.code, error_string: message } }, id }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
