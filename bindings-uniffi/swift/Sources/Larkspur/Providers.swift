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
    let core = core
    if let provider = options.tokenProvider { Task.detached { await takeQuestions(core, provider) } }
    if let handler = options.onEvent { Task.detached { await takeEvents(core, handler) } }
  }
}

private typealias Provider = @Sendable (TokenWanted) async throws -> ProvidedToken

private func takeQuestions(_ core: LarkspurFFI.Client, _ provider: @escaping Provider) async {
  await withDiscardingTaskGroup { group in
    while let asked = await core.nextAsk() {
      group.addTask { core.answer(id: asked.id, given: await given(asked.question, provider)) }
    }
    group.cancelAll()
  }
}

/// Whatever is thrown is an answer: without one, calls would wait for their deadline.
private func given(_ question: Question, _ provider: Provider) async -> Given {
  switch question {
  case .token(let kind, let tenantKey, let userKey, let reason):
    do {
      let wanted = TokenWanted(kind: kind, tenantKey: tenantKey, userKey: userKey, reason: reason)
      let token = try await provider(wanted)
      return .token(token: token.value, expiresAtMs: token.expiresAt.map(milliseconds))
    } catch {
      return .failed(reason: line(error))
    }
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
