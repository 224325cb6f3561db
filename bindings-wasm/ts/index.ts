/**
 * Larkspur: a client for the Feishu / Lark Open Platform.
 *
 * ```ts
 * import { Client, message } from "larkspur";
 * const client = new Client({ appId, appSecret });
 * await client.im.v1.message.create({ receive_id_type: "chat_id", receive_id: "oc_1", content: message.text("hello") });
 * ```
 *
 * @module
 */

export { Client, preload } from "./client.js";
export type { ClientConstructor, ClientMethods, RequestFunction, RequestOptions, Token } from "./client.js";
export { Download } from "./download.js";
export {
  AnsweredError,
  ApiError,
  ArgumentError,
  AuthError,
  ConfigError,
  ConnectError,
  DecodeError,
  HttpError,
  IdempotencyConflict,
  InvalidRequest,
  LarkError,
  NotFound,
  PermissionDenied,
  QuotaExceeded,
  RateLimited,
  ReauthorizationRequired,
  TimeoutError,
  TlsError,
  TransportError,
  Unavailable,
  UnknownOperation,
  isApiError,
  isArgumentError,
  isAuthError,
  isConfigError,
  isDecodeError,
  isHttpError,
  isInvalidRequest,
  isLarkError,
  isNotFound,
  isPermissionDenied,
  isRateLimited,
  isReauthorizationRequired,
  isTimeoutError,
  isTransportError,
  isUnknownOperation,
} from "./errors.js";
export type { FieldViolation, Help, PermissionViolation } from "./errors.js";
export type { FileContent, FileInput } from "./files.js";
export type { Fetch } from "./fetch.js";
export type { Message } from "./message.js";
export * as message from "./message.js";
export type { Arguments, Operation, Reply } from "./operation.js";
export type * from "./options.js";
