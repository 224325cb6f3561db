import Foundation
import Larkspur
import Testing

@Suite struct UserTests {
  private let app = App()

  @Test("a sign-in starts with a page and its secrets, and prints none")
  func authorize() throws {
    let client = try app.client()
    let redirect = "https://app.example.com/back"
    let started = try client.oauth.authorize(redirectURI: redirect, scopes: ["contact:user.base:readonly"], pkce: true)
    let verifier = try #require(started.codeVerifier)
    #expect(started.url.contains(app.id) && started.url.contains("code_challenge=") && started.url.contains(started.state))
    for shown in [started.url, "\(started)", String(reflecting: started)] { #expect(!shown.contains(verifier)) }
    #expect(try client.oauth.authorize(redirectURI: redirect).codeVerifier == nil)
    #expect(throws: LarkError.self) { try client.oauth.authorize(redirectURI: "") }
  }

  @Test("tokens move to another client")
  func moving() async throws {
    let first = try app.client()
    _ = try await first.token()
    let second = try app.client()
    #expect(try second.importTokens(first.exportTokens()) == 1)
    _ = try await second.call(list, department)
    #expect(try await app.tokenRequests() == 1)
    #expect(throws: LarkError.self) { try second.importTokens("nothing") }
  }

  @Test("a self-built app has no tenants and no tickets, and an empty key is refused")
  func selfBuilt() throws {
    let client = try app.client()
    #expect(throws: LarkError.self) { try client.forTenant("t1") }
    #expect(throws: LarkError.self) { try client.setAppTicket("ticket") }
    #expect(throws: LarkError.self) { try client.asUser(key: "") }
  }
}
