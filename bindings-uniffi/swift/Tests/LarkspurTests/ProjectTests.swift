import Foundation
import Larkspur
import Testing

@Suite struct ProjectTests {
  private let app = App()
  private let story: Json = ["project_key": "p1", "work_item_type_key": "story", "name": "Login page"]

  @Test("a call goes out with the plugin's token and its user")
  func call() async throws {
    let project = try Client(project: options(userKey: "7000001"))
    let answers = [
      #"{"data":{"token":"p-1","expire_time":7200},"error":{"code":0,"msg":"success"}}"#,
      #"{"data":7389012345678901234,"err":{},"err_code":0,"err_msg":""}"#,
    ]
    let bodies = answers.map { Data($0.utf8).base64EncodedString() }
    try await app.script(bodies.map { ["status": 200, "body_base64": .string($0)] }, tokens: true)
    let id = try await project.call("work_item.create", arguments: story, as: Int64.self)
    #expect(id == 7_389_012_345_678_901_234)
    let requests = try await app.requests()
    #expect(
      requests.map { $0["path"]?.content } == ["/open_api/authen/plugin_token", "/open_api/p1/work_item/create"])
    let headers = try #require(requests.last?["headers"])
    #expect(headers["x-user-key"]?.content == "7000001" && headers["x-idem-uuid"] != nil)
  }

  @Test("what cannot be is refused before the network, and no secret is printed")
  func refused() async throws {
    let nobody = try Client(project: options())
    let error = await failure { _ = try await nobody.call("work_item.create", story.text) }
    guard case LarkError.config(let reason)? = error else { return #expect(Bool(false), "\(error.map { "\($0)" } ?? "sent")") }
    #expect(reason.message.contains("user_key"), "\(reason.message)")
    let other = await failure { _ = try await nobody.call(get, unknown) }
    guard case LarkError.unknownOperation? = other else { return #expect(Bool(false), "it is known") }
    let empty = await failure { _ = try Client(project: .init(pluginId: "MII_1", pluginSecret: " ")) }
    #expect((empty as? LarkError)?.description.contains("plugin_secret is empty") == true)
    #expect(!"\(options())".contains(app.secret))
    #expect(try await app.requests().isEmpty)
  }

  private func options(userKey: String = "") -> ProjectOptions {
    let call = CallOptions(headers: ["X-Sandbox-App": app.id])
    return .init(
      pluginId: app.id, pluginSecret: app.secret, userKey: userKey, common: .init(baseURL: Sandbox.shared.url, call: call))
  }
}
