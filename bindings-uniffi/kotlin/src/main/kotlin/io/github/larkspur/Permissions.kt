@file:JvmName("Permissions")

package io.github.larkspur

import io.github.larkspur.ffi.LeastScopes
import io.github.larkspur.ffi.leastScopes
import io.github.larkspur.ffi.operationsInSource
import io.github.larkspur.ffi.operationsOfScope

/**
 * The least permissions with which all these operations can be called.
 *
 * @param operations ids, as of [Client.usedOperations]
 * @param identity with whose authority those are called that take either
 * @param fields also the scopes without which some fields of answers are left out
 * @param granted what the app has already, as the developer console exports it (`{"scopes":{"tenant":[…],"user":[…]}}`); it is left out
 * @throws LarkException.UnknownOperation for a name that is none
 * @throws LarkException.Argument for what is no export
 */
@JvmOverloads
public fun scopes(
    operations: Iterable<String>,
    identity: Authority = Authority.TENANT,
    fields: Boolean = false,
    granted: String? = null,
): Scopes = Library.generated { Scopes(leastScopes(operations.toList(), identity.name.lowercase(), fields, granted)) }

/**
 * The operations for which a scope is enough, or for whose full answers it is needed.
 *
 * @throws LarkException.Argument for a scope that no operation names
 */
public fun operationsOf(scope: String): List<String> = Library.generated { operationsOfScope(scope) }

/**
 * The operations whose names stand in a source text (`client.call("im.v1.message.create", …)`), in whatever language. What a program calls in
 * other ways, with a part kept in a variable, is not found: see [Client.usedOperations].
 */
public fun operationsIn(source: String): List<String> = Library.generated { operationsInSource(source) }

/** With whose authority operations are called that take either. */
public enum class Authority {
    /** The app's. */
    TENANT,

    /** A user's. */
    USER,

    /** Now the one, now the other. */
    BOTH,
}

/**
 * The permissions to ask for.
 *
 * @property tenant the scopes of the app itself
 * @property user those of its users
 * @property importText the text that the developer console imports
 * @property undocumented the operations of which nobody has documented what they need
 * @property conditional the operations whose pages tie their scopes to further conditions in prose
 */
public class Scopes internal constructor(least: LeastScopes) {
    public val tenant: List<String> = least.tenant
    public val user: List<String> = least.user
    public val importText: String = least.importText
    public val undocumented: List<String> = least.undocumented
    public val conditional: List<String> = least.conditional

    /** The text that the console imports. */
    override fun toString(): String = importText
}
