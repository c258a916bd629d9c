using System.CommandLine;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Crypto;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>identity new</c>, <c>identity show</c> and <c>psk new</c>: the two secrets of a node.</summary>
internal static class KeyCommands
{
    public static Command Identity() => new("identity", "Make and look at a node's identity.") { NewIdentity(), ShowIdentity() };

    public static Command PreSharedKey() => new("psk", "Make the mesh's key, which every node of the mesh needs.") { NewPreSharedKey() };

    private static Verb NewIdentity()
    {
        Option<string> file = Arguments.Output("where the new identity goes; an existing file is never overwritten");
        file.Required = true;
        var command = new Verb("new", "Makes an identity and writes its seed to a file that only its owner may read.", """
            Example:
              netmesh identity new -o node.key
            """) { file };
        Run.OnInvoke(command, run =>
        {
            using var identity = Mesh.Identity.Generate();
            byte[] seed = identity.ToBytes();
            try
            {
                KeyFile.Write(run.Value(file), seed, "identity");
            }
            finally
            {
                System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
            }
            Show(run, run.Value(file), identity);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Verb ShowIdentity()
    {
        Option<string?> key = Arguments.Key();
        var command = new Verb("show", "Shows what others may know of an identity: entity id, node id, origin hash and public key.", """
            Never the seed.

            Example:
              netmesh identity show --key node.key
            """) { key };
        Run.OnInvoke(command, run =>
        {
            using Identity identity = Required(run.Find(key));
            Show(run, run.Find(key), identity);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Verb NewPreSharedKey()
    {
        Option<string> file = Arguments.Output("where the new key goes; an existing file is never overwritten");
        file.Required = true;
        var command = new Verb("new", "Makes a mesh key and writes it to a file that only its owner may read.", """
            Bring that file to every node of the mesh, on a way that nobody else reads.

            Example:
              netmesh psk new -o mesh.psk
            """) { file };
        Run.OnInvoke(command, run =>
        {
            Secrets.WriteNew(run.Value(file), "mesh key");
            run.Output.Result(new KeyLine(run.Value(file), "psk"), $"file     {run.Value(file)}");
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    public static Identity Required(string? file) => Secrets.ReadIdentity(file, Environment.GetEnvironmentVariable)
        ?? throw CommandException.Usage("the identity is missing; give --key FILE or set NETMESH_KEY_FILE. \"netmesh identity new -o FILE\" makes one.");

    private static void Show(Run run, string? file, Identity identity)
    {
        using StaticKeyPair staticKey = identity.CreateStaticKey();
        var line = new IdentityLine(
            file, identity.EntityId.ToString(), identity.NodeId.ToString(), identity.OriginHash.ToString(), staticKey.PublicKey.ToString());
        string text = $"""
            entity   {line.EntityId}
            node     {line.NodeId}
            origin   {line.OriginHash}
            public   {line.PublicKey}
            """;
        run.Output.Result(line, file is null ? text : $"file     {file}\n{text}");
    }
}
