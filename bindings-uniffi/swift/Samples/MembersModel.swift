import Larkspur

struct Sent: Decodable {
  let message_id: String
}

/// A member as the screen shows it.
public struct User: Decodable, Sendable, Identifiable {
  enum CodingKeys: String, CodingKey {
    case id = "open_id"
    case name
  }

  public let id: String
  public let name: String
}

/// The model of one screen of an app. No app secret is in the app: the app's own backend hands out tokens.
///
/// In a SwiftUI app it is also marked `@Observable`, and the view starts `load` in `.task { }`, which cancels it when the view goes.
@MainActor
public final class MembersModel {
  /// What the screen shows.
  public enum State: Sendable {
    case loading
    case shown([User])
    case failed(String, canRetry: Bool)
  }

  public private(set) var state = State.loading
  private let client: Client

  public init(baseURL: String, backend: @escaping @Sendable () async throws -> ProvidedToken) throws {
    client = try Client(
      options: .init(baseURL: baseURL, tokenProvider: { _ in try await backend() }, call: .init(maxWait: .seconds(20)))
    )
  }

  /// Everybody in a department, page by page as the list is scrolled.
  public func everybody(in department: String) -> Listing<User> {
    let arguments: Json = ["department_id": .string(department), "page_size": 50]
    return client.items("contact.v3.user.findByDepartment", arguments: arguments, as: User.self)
  }

  /// Loads the first screen.
  public func load(department: String) async {
    state = .loading
    do {
      state = .shown(try await first(20, of: everybody(in: department)))
    } catch is CancellationError {
      state = .loading
    } catch let error as LarkError where error.isOffline {
      state = .failed("you seem to be offline", canRetry: true)
    } catch let error as LarkError {
      state = .failed(error.description, canRetry: error.isRetryable)
    } catch {
      state = .failed("\(error)", canRetry: false)
    }
  }

  /// Greets a member and gives the message's id.
  public func greet(_ user: User) async throws -> String {
    let message: Json = ["receive_id_type": "open_id", "receive_id": .string(user.id), "content": try Message.text("hello").json]
    return try await client.call("im.v1.message.create", arguments: message, as: Sent.self).message_id
  }

  private func first(_ count: Int, of users: Listing<User>) async throws -> [User] {
    var first: [User] = []
    for try await user in users.prefix(count) { first.append(user) }
    return first
  }
}
