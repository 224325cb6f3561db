/** What goes wrong, as classes; the tree is the same in every language. */

/** What every error knows. */
interface Facts {
  operation?: string | null;
  attempts?: number;
  retryable?: boolean;
  retry_after?: number | null;
}

/** What an error knows when an answer came. */
interface AnswerFacts extends Facts {
  status?: number;
  code?: number;
  msg?: string;
  log_id?: string | null;
  troubleshooter?: string | null;
  field_violations?: FieldViolation[];
  permission_violations?: PermissionViolation[];
  missing_scopes?: string[];
  helps?: Help[];
  details?: Record<string, string>;
  apply_url?: string;
  import_text?: string;
  url?: string;
  headers?: Record<string, string>;
  data?: unknown;
}

/** An argument that the platform refused. */
export interface FieldViolation {
  field: string;
  value: string;
  description: string;
}

/** A permission that is missing. */
export interface PermissionViolation {
  /** Such as `action_scope_required`. */
  kind: string;
  scope: string;
  description: string;
  url: string;
}

/** A page that helps. */
export interface Help {
  url: string;
  description: string;
}

/** Anything that Larkspur throws; `message` is one short line: what was called, what happened, what to do. */
export class LarkError extends Error {
  /** What was called: an operation's name, or method and path. */
  readonly operation: string | undefined;
  /** How many requests the call sent, those for tokens not counted. */
  readonly attempts: number;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** How many milliseconds to wait before that, if the platform says so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, facts: Facts = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.operation = facts.operation ?? undefined;
    this.attempts = facts.attempts ?? 0;
    this.retryable = facts.retryable ?? false;
    this.retryAfter = facts.retry_after == null ? undefined : facts.retry_after * 1000;
  }
}

/** An option of the client is missing or wrong, or the view cannot make this call. */
export class ConfigError extends LarkError {}
/** The catalogue has no such operation. */
export class UnknownOperation extends LarkError {}
/** An argument is unknown, missing, or cannot be sent. */
export class ArgumentError extends LarkError {}
/** The connection broke. */
export class TransportError extends LarkError {}
/** Time ran out before an answer came. */
export class TimeoutError extends TransportError {}
/** No connection. */
export class ConnectError extends TransportError {}
/** The certificate or the handshake was refused. */
export class TlsError extends TransportError {}

/** An error with an answer behind it. */
export abstract class AnsweredError extends LarkError {
  /** The HTTP status. */
  readonly status: number;
  /** The platform's code; zero when the body was no envelope. */
  readonly code: number;
  /** The platform's message, or the first bytes of a body that is no envelope. */
  readonly msg: string;
  /** The log id to quote to the platform's support. */
  readonly logId: string | undefined;
  /** The page that explains the error. */
  readonly troubleshooter: string | undefined;
  /** The arguments that the platform refused. */
  readonly fieldViolations: FieldViolation[];
  /** The permissions that are missing, as the platform lists them. */
  readonly permissionViolations: PermissionViolation[];
  /** The scopes to ask for. */
  readonly missingScopes: string[];
  /** Pages that help. */
  readonly helps: Help[];
  /** Further keys and values. */
  readonly details: Record<string, string>;
  /** The headers of the answer, by their names in lower case. */
  readonly headers: Record<string, string>;
  /** The answer's `data`, where the refusal has one. */
  readonly data: unknown;

  constructor(message: string, facts: AnswerFacts = {}) {
    super(message, facts);
    this.status = facts.status ?? 0;
    this.code = facts.code ?? 0;
    this.msg = facts.msg ?? "";
    this.logId = facts.log_id ?? undefined;
    this.troubleshooter = facts.troubleshooter ?? undefined;
    this.fieldViolations = facts.field_violations ?? [];
    this.permissionViolations = facts.permission_violations ?? [];
    this.missingScopes = facts.missing_scopes ?? [];
    this.helps = facts.helps ?? [];
    this.details = facts.details ?? {};
    this.headers = facts.headers ?? {};
    this.data = facts.data ?? undefined;
  }
}

/** An answer that is no envelope of the platform: a gateway's page. */
export class HttpError extends AnsweredError {}
/** An answer that cannot be read. */
export class DecodeError extends AnsweredError {}
/** The platform refused. */
export class ApiError extends AnsweredError {}
/** The app's or the user's credentials are refused. */
export class AuthError extends ApiError {}
/** The user must sign in again. */
export class ReauthorizationRequired extends AuthError {
  /** Where to send the user, if that is known; begin anew with `client.oauth.authorize`. */
  readonly url: string | undefined;

  constructor(message: string, facts: AnswerFacts = {}) {
    super(message, facts);
    this.url = facts.url;
  }
}
/** A scope or a right is missing; see `missingScopes`. */
export class PermissionDenied extends ApiError {
  /** The page of the developer console at which the missing scopes are applied for; on servers only. */
  readonly applyUrl: string | undefined;
  /** What that page imports: the one of the missing scopes that allows least; on servers only. */
  readonly importText: string | undefined;

  constructor(message: string, facts: AnswerFacts = {}) {
    super(message, facts);
    this.applyUrl = facts.apply_url;
    this.importText = facts.import_text;
  }
}
/** The platform refused an argument; see `fieldViolations`. */
export class InvalidRequest extends ApiError {}
/** What was asked for does not exist. */
export class NotFound extends ApiError {}
/** Too many calls, and waiting for the platform's reset would have passed the limits of the call. */
export class RateLimited extends ApiError {}
/** A daily or monthly allowance is used up. */
export class QuotaExceeded extends ApiError {}
/** The platform is busy or has a fault. */
export class Unavailable extends ApiError {}
/** The same idempotency key came with other contents. */
export class IdempotencyConflict extends ApiError {}

const CLASSES = {
  ConfigError,
  UnknownOperation,
  ArgumentError,
  TransportError,
  TimeoutError,
  ConnectError,
  TlsError,
  HttpError,
  DecodeError,
  ApiError,
  AuthError,
  ReauthorizationRequired,
  PermissionDenied,
  InvalidRequest,
  NotFound,
  RateLimited,
  QuotaExceeded,
  Unavailable,
  IdempotencyConflict,
};

type Name = keyof typeof CLASSES;

// Names stand in the prototypes, by hand: a minifier would change those of the classes.
LarkError.prototype.name = "LarkError";
for (const [name, made] of Object.entries(CLASSES)) made.prototype.name = name;

/** The ancestors of each class by name, so that a guard also knows the errors of another copy of this package. */
const LINEAGE = new Map<string, Set<string>>();
for (const [name, made] of Object.entries(CLASSES)) {
  const names = new Set<string>(["LarkError"]);
  for (let proto: Error = made.prototype; proto !== LarkError.prototype; proto = Object.getPrototypeOf(proto))
    names.add(proto.name);
  LINEAGE.set(name, names);
}

/** The error that the core tells as JSON. */
export function fromCore(json: string): LarkError {
  const facts = JSON.parse(json) as AnswerFacts & { class: Name; message: string };
  const made = CLASSES[facts.class] ?? LarkError;
  return new made(facts.message, facts);
}

/** Whether it is an error of this class or of one below it, of whichever copy of the package. */
export function is(error: unknown, name: string): boolean {
  return error instanceof Error && (error.name === name || (LINEAGE.get(error.name)?.has(name) ?? false));
}

/** Whether it is an error of Larkspur, of whichever copy of the package. */
export const isLarkError = (error: unknown): error is LarkError => is(error, "LarkError");
/** Whether it is a {@link ConfigError}. */
export const isConfigError = (error: unknown): error is ConfigError => is(error, "ConfigError");
/** Whether it is an {@link UnknownOperation}. */
export const isUnknownOperation = (error: unknown): error is UnknownOperation => is(error, "UnknownOperation");
/** Whether it is an {@link ArgumentError}. */
export const isArgumentError = (error: unknown): error is ArgumentError => is(error, "ArgumentError");
/** Whether it is a {@link TransportError}, time-outs included. */
export const isTransportError = (error: unknown): error is TransportError =>
  is(error, "TransportError") && error instanceof Error && "attempts" in error;
/** Whether it is a {@link TimeoutError} of Larkspur. */
export const isTimeoutError = (error: unknown): error is TimeoutError =>
  is(error, "TimeoutError") && error instanceof Error && "attempts" in error;
/** Whether it is an {@link HttpError}. */
export const isHttpError = (error: unknown): error is HttpError => is(error, "HttpError");
/** Whether it is a {@link DecodeError}. */
export const isDecodeError = (error: unknown): error is DecodeError => is(error, "DecodeError");
/** Whether the platform refused. */
export const isApiError = (error: unknown): error is ApiError => is(error, "ApiError");
/** Whether it is an {@link AuthError}. */
export const isAuthError = (error: unknown): error is AuthError => is(error, "AuthError");
/** Whether the user must sign in again. */
export const isReauthorizationRequired = (error: unknown): error is ReauthorizationRequired =>
  is(error, "ReauthorizationRequired");
/** Whether a scope or a right is missing. */
export const isPermissionDenied = (error: unknown): error is PermissionDenied => is(error, "PermissionDenied");
/** Whether the platform refused an argument. */
export const isInvalidRequest = (error: unknown): error is InvalidRequest => is(error, "InvalidRequest");
/** Whether what was asked for does not exist. */
export const isNotFound = (error: unknown): error is NotFound => is(error, "NotFound");
/** Whether there were too many calls. */
export const isRateLimited = (error: unknown): error is RateLimited => is(error, "RateLimited");
