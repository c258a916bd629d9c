using System.CommandLine;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cli.Tokens;
using Net.Mesh.Identities;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>token issue</c>, <c>token delegate</c> and <c>token show</c>: who may be on a channel.</summary>
internal static class TokenCommands
{
    public static Command Token() => new Verb("token", "Grant somebody a channel, hand a grant on, and look at one.", """
        A token is a signed grant: its issuer lets one identity, the subject, do something on one channel for a while. It is
        no secret, for nobody but the subject can use it. A channel that requires tokens says whose tokens count: those of
        its own node, or of its --root.
        """) { Issue(), Delegate(), Show() };

    private static Verb Issue()
    {
        Option<string?> key = Arguments.Key();
        Option<EntityId> subject = Subject();
        Option<TokenScope> scope = Scope("what it grants");
        var channel = new Option<ChannelName>("--channel")
        {
            Description = "the channel it is for; not needed with the scope wildcard",
            HelpName = "NAME",
            CustomParser = result => Arguments.ParseChannel(result, "--channel"),
        };
        Option<double> ttl = Arguments.Seconds("--ttl", "how long it is valid from now on, such as 5m or 30d; at most 365 days", 300, 1, PermissionToken.MaxTtl.TotalSeconds);
        Option<int?> depth = Arguments.OptionalNumber("--depth", "how often it may be handed on (default: once with the scope delegate, else not at all)", 0, TokenChain.MaxDepth - 1);
        (Option<string> file, Option<bool> overwrites) = Target();
        var command = new Verb("issue", "Signs a token for somebody and prints it, or writes it to a file.", """
            Scopes: subscribe, publish, admin, delegate (may hand it on), wildcard (every channel).

            Example:
              netmesh token issue --key node.key --subject 3b6a… --scope subscribe --channel sensors/temp --ttl 5m -o temp.token
            """) { key, subject, scope, channel, ttl, depth, file, overwrites };
        Run.OnInvoke(command, run =>
        {
            TokenScope granted = run.Value(scope);
            bool isForAll = granted.HasFlag(TokenScope.Wildcard);
            ChannelName name = run.ValueOrDefault(channel);
            if (name.IsDefault && !isForAll)
                throw CommandException.Usage("--channel is missing; name the channel that the token is for, or give the scope wildcard for every channel.");
            bool isHandedOn = granted.HasFlag(TokenScope.Delegate);
            int links = run.FindValue(depth) ?? (isHandedOn ? 1 : 0);
            if (links > 0 && !isHandedOn)
                throw CommandException.Usage($"--depth is {links}, and without the scope delegate nobody can hand the token on; add it to --scope.");
            using Identity issuer = KeyCommands.Required(run.Find(key));
            // A wildcard counts for every channel, whatever the token names.
            PermissionToken token = issuer.IssueToken(run.Value(subject), granted, name.IsDefault ? "any" : name, run.Seconds(ttl), (byte)links);
            Give(run, TokenChain.Of(token), isForAll ? default(ChannelName?) : name, file, overwrites);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Verb Delegate()
    {
        Option<string?> key = Arguments.Key();
        Option<string> parent = TokenOption("the token to hand on; - is standard input");
        parent.Required = true;
        Option<EntityId> subject = Subject();
        Option<TokenScope> scope = Scope("what the new one grants, at most what the old one does");
        (Option<string> file, Option<bool> overwrites) = Target();
        var command = new Verb("delegate", "Hands a token on to somebody else, or a part of what it grants.", """
            --key is the identity that the token is for. The new token carries the old one with it, ends when that does, and
            may be handed on once less.

            Example:
              netmesh token delegate --key mine.key --token mine.token --subject 77c1… --scope subscribe -o theirs.token
            """) { key, parent, subject, scope, file, overwrites };
        Run.OnInvoke(command, run =>
        {
            TokenChain chain = TokenFile.Read(run.Value(parent));
            PermissionToken last = chain.Tokens[^1];
            if ((run.Value(scope) & ~last.Scope) is var missing && missing != TokenScope.None)
                throw CommandException.Usage($"--scope asks for {Scopes.Text(missing)}, and the token grants {Scopes.Text(last.Scope)}; a token is only ever narrowed.");
            using Identity signer = KeyCommands.Required(run.Find(key));
            if (!last.TryDelegate(signer, run.Value(subject), run.Value(scope), run.Time.GetUtcNow(), out PermissionToken? child, out TokenError error))
                throw new CommandException(ExitCode.Failure, error.ToText(), $"the token cannot be handed on: {Explain(error, last, signer)}");
            if (chain.Tokens.Count == TokenChain.MaxDepth)
                throw new CommandException(ExitCode.Failure, "delegation_exhausted", $"the token was handed on {TokenChain.MaxDepth - 1} times already, which is the most there is; ask for a new one.");
            Give(run, chain.Append(child), null, file, overwrites);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Verb Show()
    {
        var file = new Argument<string>("FILE") { Description = "the token's file; - is standard input" };
        var channel = new Option<ChannelName>("--channel")
        {
            Description = "the channel that it should be for; a token holds a hash of the name only",
            HelpName = "NAME",
            CustomParser = result => Arguments.ParseChannel(result, "--channel"),
        };
        var command = new Verb("show", "Says what a token grants, to whom, for how long, and whether it is valid now.", """
            It checks every signature, every time, and that nobody handed on more than they had. Whether a channel accepts
            the root, and whether the token was revoked, only the channel's node knows. Exit status 1 when it is not valid.

            Example:
              netmesh token show temp.token --channel sensors/temp
            """) { file, channel };
        Run.OnInvoke(command, run =>
        {
            ChannelName name = run.ValueOrDefault(channel);
            string path = run.Value(file);
            var report = new TokenReport(TokenFile.Read(path), name.IsDefault ? default(ChannelName?) : name, run.Time.GetUtcNow());
            string? shown = path == "-" ? null : path;
            run.Output.Result(report.Line(shown), report.Text(shown));
            return Task.FromResult(report.IsValid ? ExitCode.Success : ExitCode.Failure);
        });
        return command;
    }

    public static Option<string> TokenOption(string what) => new("--token") { Description = what, HelpName = "FILE" };

    private static Option<EntityId> Subject() => new("--subject")
    {
        Description = "who may use it: an entity id, or a ticket",
        HelpName = "ENTITY",
        Required = true,
        CustomParser = result => Arguments.ParseEntity(result, result.Tokens[0].Value, "--subject"),
    };

    private static Option<TokenScope> Scope(string what) => new("--scope")
    {
        Description = $"{what}: one or more of {Scopes.All}, with commas",
        HelpName = "SCOPES",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        {
            TokenScope all = TokenScope.None;
            foreach (string text in result.Tokens.Select(token => token.Value))
            {
                if (Scopes.TryParse(text, out TokenScope some, out string unknown))
                    all |= some;
                else
                    result.AddError($"--scope has \"{unknown}\"; use {Scopes.All}, with commas between them.");
            }
            return all;
        },
    };

    private static (Option<string> File, Option<bool> Overwrites) Target() => (
        Arguments.Output("where the token goes, else standard output"),
        new("--force", "-f") { Description = "overwrite FILE" });

    // On standard output the token is alone, so that it can be piped; what it says goes beside it.
    private static void Give(Run run, TokenChain chain, ChannelName? channel, Option<string> file, Option<bool> overwrites)
    {
        var report = new TokenReport(chain, channel, run.Time.GetUtcNow());
        string? path = run.Find<string>(file!);
        if (path is not null)
            TokenFile.Write(path, chain, run.Value(overwrites));
        else
            run.Output.Note(report.Text(null));
        run.Output.Result(report.Line(path), path is null ? TokenFile.Text(chain) : report.Text(path));
    }

    private static string Explain(TokenError error, PermissionToken token, Identity signer) => error switch
    {
        TokenError.NotAuthorized => $"it is for {token.Subject}, and --key is {signer.EntityId}; only the subject hands a token on.",
        TokenError.DelegationNotAllowed => "it lacks the scope delegate; ask its issuer for one with \"--scope …,delegate\".",
        TokenError.DelegationExhausted => "it may be handed on no further; ask its issuer for one with a larger --depth.",
        TokenError.Expired => "it has expired; ask its issuer for a new one.",
        TokenError.NotYetValid => "it is not valid yet; compare the clocks of both machines.",
        _ => $"{error.ToText()}; \"netmesh token show\" says more.",
    };
}
