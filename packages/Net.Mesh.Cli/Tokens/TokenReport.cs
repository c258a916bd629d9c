using System.Globalization;
using System.Text;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Identities;

namespace Net.Mesh.Cli.Tokens;

/// <summary>What a token, with those it was handed on from, is worth at a moment.</summary>
internal sealed class TokenReport
{
    private const string WrongChannel = "wrong_channel";

    private readonly TokenChain _chain;
    private readonly ChannelName? _channel;
    private readonly DateTimeOffset _now;

    /// <param name="chain">The token.</param>
    /// <param name="channel">The channel that it should be for; null where nobody says.</param>
    /// <param name="now">The moment.</param>
    public TokenReport(TokenChain chain, ChannelName? channel, DateTimeOffset now)
    {
        (_chain, _channel, _now) = (chain, channel, now);
        PermissionToken last = chain.Tokens[^1];
        // It is worth what its last link says, given that the first issuer's word counts: whether it does, a channel decides.
        TokenError error = chain.Verify(last.Scope, last.Channel, last.Subject, [chain.Tokens[0].Issuer], revocations: null, now);
        bool isElsewhere = channel is { } name && !last.Authorizes(last.Scope, name.Hash);
        Status = error != TokenError.None ? error.ToText() : isElsewhere ? WrongChannel : "valid";
    }

    /// <summary><c>valid</c>, or the word of what is wrong.</summary>
    public string Status { get; }

    public bool IsValid => Status == "valid";

    private PermissionToken Last => _chain.Tokens[^1];

    private bool IsForAll => Last.Scope.HasFlag(TokenScope.Wildcard);

    public TokenLine Line(string? file) => new(
        file, Status, Last.Subject.ToString(), _chain.Tokens[0].Issuer.ToString(), Scopes.Names(Last.Scope), KnownName, IsForAll ? null : Hash(Last),
        Time(Last.NotBefore), Time(Last.NotAfter), Last.DelegationDepth,
        [.. _chain.Tokens.Select(token => new TokenLink(
            token.Validate(_now) is var error && error == TokenError.None ? "valid" : error.ToText(), token.Issuer.ToString(), token.Subject.ToString(),
            Scopes.Names(token.Scope), token.Scope.HasFlag(TokenScope.Wildcard) ? null : Hash(token), Time(token.NotBefore), Time(token.NotAfter), token.DelegationDepth))],
        TokenFile.Text(_chain));

    public string Text(string? file)
    {
        var text = new StringBuilder();
        if (file is not null)
            text.AppendLine(CultureInfo.InvariantCulture, $"file     {file}");
        text.AppendLine(CultureInfo.InvariantCulture, $"token    {Explained()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"for      {Last.Subject}");
        text.AppendLine(CultureInfo.InvariantCulture, $"scopes   {Scopes.Text(Last.Scope)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"channel  {(IsForAll ? "every channel" : KnownName is { } name ? $"{name} ({Hash(Last)})" : Hash(Last))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"valid    {Time(Last.NotBefore)} to {Time(Last.NotAfter)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"depth    {Last.DelegationDepth}");
        text.Append(CultureInfo.InvariantCulture, $"root     {_chain.Tokens[0].Issuer}");
        if (_chain.Tokens.Count > 1)
        {
            foreach (PermissionToken token in _chain.Tokens)
                text.Append(CultureInfo.InvariantCulture, $"\nlink     {token.Issuer} to {token.Subject}: {Scopes.Text(token.Scope)}, depth {token.DelegationDepth}, until {Time(token.NotAfter)}");
        }
        return text.ToString();
    }

    private string? KnownName => _channel is { } channel && channel.Hash == Last.Channel ? channel.ToString() : null;

    private string Explained() => Status switch
    {
        "valid" => $"valid, {Duration.Text(At(Last.NotAfter) - _now)} left",
        "expired" => $"expired {Duration.Text(_now - At(_chain.Tokens.Min(token => token.NotAfter)))} ago",
        "not_yet_valid" => $"not yet valid, begins in {Duration.Text(At(_chain.Tokens.Max(token => token.NotBefore)) - _now)}",
        "invalid_signature" => "worth nothing: a signature is not that of its issuer",
        WrongChannel => $"valid, but not for {_channel}",
        string word => $"worth nothing: {word}; a link grants more than the one before it, or was not issued by its subject",
    };

    private static string Hash(PermissionToken token) => token.Channel.ToString();

    private static string Time(ulong seconds) => At(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // A token may name a second that no calendar has.
    private static DateTimeOffset At(ulong seconds) =>
        seconds > (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds((long)seconds);
}
