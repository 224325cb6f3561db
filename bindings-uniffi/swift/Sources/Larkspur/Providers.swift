public import Foundation
internal import LarkspurFFI

/// Which token is wanted from a token provider.
public struct TokenWanted: Sendable, Equatable {
  /// `tenant`, `app` or `user`.
  public let kind: String

  /// The tenant, where the view has one.
  public let tenantKey: String?

  /// The user, where the view has one.
  public let userKey: String?

  /// `first`, `expired` or `refused`.
  public let reason: String
}

/// A token that a provider gives.
public struct ProvidedToken: Sendable {
  let value: String
  let expiresAt: Date?

  /// The token itself, and when it expires, if that is known.
  public init(_ value: String, expiresAt: Date? = nil) {
    self.value = value
    self.expiresAt = expiresAt
  }
}

/// Calls what the user supplied, so that no thread of the library ever does; ends when the client is closed.
struct Providers: Sendable {
  let core: LarkspurFFI.Client
  let options: ClientOptions

  /// Takes questions and events until the client is closed.
  func start() {
    let (core, options) = (core, options)
    if options.isAsked { Task.detached { await takeQuestions(core, options) } }
    if let handler = options.onEvent { Task.detached { await takeEvents(core, handler) } }
  }
}

private func takeQuestions(_ core: LarkspurFFI.Client, _ options: ClientOptions) async {
  await withDiscardingTaskGroup { group in
    while let asked = await core.nextAsk() {
      group.addTask { core.answer(id: asked.id, given: await given(asked.question, options)) }
    }
    group.cancelAll()
  }
}

/// Whatever is thrown is an answer: without one, calls would wait for their deadline.
private func given(_ question: Question, _ options: ClientOptions) async -> Given {
  do {
    return try await answer(question, options) ?? .failed(reason: "there is none")
  } catch {
    let reason = line(error)
    // What a closed client ends did not fail.
    if let store = store(of: question), !Task.isCancelled { warn("the \(store) failed; the call goes on without it: \(reason)") }
    return .failed(reason: reason)
  }
}

/// Which store is asked, if one is.
private func store(of question: Question) -> String? {
  switch question {
  case .load, .swap: "token store"
  case .run: "pacing store"
  case .token, .assertion: nil
  }
}

private func answer(_ question: Question, _ options: ClientOptions) async throws -> Given? {
  switch question {
  case .token(let kind, let tenantKey, let userKey, let reason):
    let wanted = TokenWanted(kind: kind, tenantKey: tenantKey, userKey: userKey, reason: reason)
    let token = try await options.tokenProvider?(wanted)
    return token.map { .token(token: $0.value, expiresAtMs: $0.expiresAt.map(milliseconds)) }
  case .assertion(let audience):
    let assertion = try await options.clientAssertion?(audience)
    return assertion.map { .token(token: $0, expiresAtMs: nil) }
  case .load(let key):
    guard let store = options.tokenStore else { return nil }
    return .loaded(stored: try await store.load(key).map { .init(value: $0.value, version: $0.version) })
  case .swap(let key, let expected, let value, let ttl):
    let span = Duration.milliseconds(Int64(clamping: ttl))
    let wasStored = try await options.tokenStore?.swap(key, expected: expected, value: value, ttl: span)
    return wasStored.map { .swapped(wasStored: $0) }
  case .run(let script):
    guard let store = options.pacing.store else { return nil }
    return .ran(answer: try await store.run(script))
  }
}

private func takeEvents(_ core: LarkspurFFI.Client, _ handler: @Sendable (CallEvent) -> Void) async {
  while let event = await core.nextEvent() { handler(CallEvent(event)) }
}

private func milliseconds(_ date: Date) -> Int64 {
  Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) ?? .max
}

private func line(_ error: any Error) -> String {
  let told = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
  return told.split(whereSeparator: \.isNewline).joined(separator: " ")
}
