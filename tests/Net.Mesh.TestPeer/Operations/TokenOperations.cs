using System.Text.Json.Nodes;
using Net.Mesh.Identities;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>Tokens: issue_token, delegate_token, install_token, revoke_below.</summary>
internal sealed class TokenOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["issue_token"] = IssueAsync;
        operations["delegate_token"] = DelegateAsync;
        operations["install_token"] = InstallAsync;
        operations["revoke_below"] = RevokeBelowAsync;
    }

    private Task<JsonObject?> IssueAsync(Request request)
    {
        TimeProvider time = request.Has("now") ? new StoppedClock(DateTimeOffset.FromUnixTimeSeconds((long)request.Number("now"))) : TimeProvider.System;
        using Identity issuer = Identity.FromSeed(host.Current.Node.Identity.ToBytes(), time);
        PermissionToken token = issuer.IssueToken(
            request.Entity("subject"), Scope(request), request.Channel(), request.Seconds("ttl", 300), (byte)request.Number("depth", 0));
        return Task.FromResult<JsonObject?>(new() { ["token"] = Shown.Hex(token.AsSpan()), ["chain"] = Shown.Hex(TokenChain.Of(token).ToBytes()) });
    }

    private Task<JsonObject?> DelegateAsync(Request request)
    {
        TokenChain chain = TokenChain.Parse(request.Hex("chain"));
        PermissionToken child = host.Current.Node.Identity.DelegateToken(chain.Tokens[^1], request.Entity("subject"), Scope(request));
        return Task.FromResult<JsonObject?>(new() { ["chain"] = Shown.Hex(chain.Append(child).ToBytes()) });
    }

    private Task<JsonObject?> InstallAsync(Request request)
    {
        host.Current.Node.Identity.InstallToken(PermissionToken.Parse(request.Hex("token")));
        return Task.FromResult<JsonObject?>(null);
    }

    private Task<JsonObject?> RevokeBelowAsync(Request request)
    {
        host.Current.Node.Identity.Revocations.RevokeBelow(request.Entity("issuer"), (uint)request.Number("generation"));
        return Task.FromResult<JsonObject?>(null);
    }

    private static TokenScope Scope(Request request)
    {
        TokenScope scope = TokenScope.None;
        foreach (string name in request.Texts("scope"))
        {
            scope |= name switch
            {
                "publish" => TokenScope.Publish,
                "subscribe" => TokenScope.Subscribe,
                "admin" => TokenScope.Admin,
                "delegate" => TokenScope.Delegate,
                "wildcard" => TokenScope.Wildcard,
                _ => throw new OperationException("invalid", $"'{name}' is no scope: publish, subscribe, admin, delegate or wildcard."),
            };
        }
        return scope;
    }

    // For tokens whose life is over, or has not begun.
    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
