import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What an app writes for itself: URLSession, Codable, and a token that is kept.
struct ByHand: Peer {
  private let url: String
  private let session: URLSession
  private let tokens: Tokens

  init(_ url: String) {
    let configuration = URLSessionConfiguration.default
    configuration.httpMaximumConnectionsPerHost = 64
    session = URLSession(configuration: configuration)
    self.url = url
    tokens = Tokens(url, session)
  }

  func post() async throws {
    var request = URLRequest(url: address("im/v1/messages?receive_id_type=chat_id"))
    request.httpMethod = "POST"
    request.httpBody = try JSONEncoder().encode(Outgoing())
    request.setValue("application/json; charset=utf-8", forHTTPHeaderField: "Content-Type")
    try await send(&request)
  }

  func get() async throws {
    var request = URLRequest(url: address("im/v1/messages/om_dc13"))
    try await send(&request)
  }

  private func send(_ request: inout URLRequest) async throws {
    request.setValue("Bearer \(try await tokens.token())", forHTTPHeaderField: "Authorization")
    let (data, response) = try await session.data(for: request)
    let envelope = try JSONDecoder().decode(Envelope.self, from: data)
    precondition((response as? HTTPURLResponse)?.statusCode == 200 && envelope.code == 0)
    precondition(envelope.data.message_id.hasPrefix("om_"))
  }

  private func address(_ path: String) -> URL { URL(string: "\(url)/open-apis/\(path)")! }
}

private struct Envelope: Decodable {
  let code: Int
  let data: Sent
}

/// One token for all calls; asked for once.
private actor Tokens {
  private struct Granted: Decodable {
    let tenant_access_token: String
  }

  private let url: String
  private let session: URLSession
  private var asked: Task<String, any Error>?

  init(_ url: String, _ session: URLSession) { (self.url, self.session) = (url, session) }

  func token() async throws -> String {
    let task = asked ?? Task { [url, session] in
      var request = URLRequest(url: URL(string: "\(url)/open-apis/auth/v3/tenant_access_token/internal")!)
      request.httpMethod = "POST"
      request.httpBody = try JSONEncoder().encode(["app_id": "cli_bench", "app_secret": "secret"])
      return try JSONDecoder().decode(Granted.self, from: try await session.data(for: request).0).tenant_access_token
    }
    asked = task
    return try await task.value
  }
}
