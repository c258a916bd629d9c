using System.Security.Cryptography;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Crypto;

namespace Net.Mesh.Cli.Nodes;

/// <summary>Where secrets come from: files and the environment, never the command line, which every user of the machine can read.</summary>
internal static class Secrets
{
    public const string Help = """
        Secrets never stand on the command line:
          mesh key    --psk-file FILE, else NETMESH_PSK (64 hexadecimal digits), else NETMESH_PSK_FILE
          identity    --key FILE, else NETMESH_KEY_FILE, else a new one for this run
        Files hold 32 bytes or 64 hexadecimal digits, and only their owner may read them (chmod 600).
        """;

    /// <summary>The mesh's pre-shared key.</summary>
    public static byte[] ReadPreSharedKey(string? file, Func<string, string?> environment)
    {
        if (file is null && environment("NETMESH_PSK") is { Length: > 0 } digits)
        {
            byte[] key = new byte[32];
            bool isKey = digits.Length == 64
                && Convert.FromHexString(digits, key, out _, out int written) == System.Buffers.OperationStatus.Done && written == 32;
            return isKey ? key : throw CommandException.Usage($"NETMESH_PSK has {digits.Length} characters and is no key; it takes 64 hexadecimal digits.");
        }
        string path = file ?? Configured(environment, "NETMESH_PSK_FILE")
            ?? throw CommandException.Usage("the mesh's key is missing; give --psk-file FILE, or set NETMESH_PSK_FILE or NETMESH_PSK. \"netmesh psk new -o FILE\" makes one, and every node of the mesh needs the same.");
        return KeyFile.Read(path, "mesh key");
    }

    /// <summary>The identity, or null when none is configured.</summary>
    public static Identity? ReadIdentity(string? file, Func<string, string?> environment) =>
        (file ?? Configured(environment, "NETMESH_KEY_FILE")) is { } path ? KeyFile.ReadIdentity(path) : null;

    /// <summary>Writes a new secret, which nobody but the owner may read.</summary>
    public static void WriteNew(string file, string what)
    {
        byte[] secret = new byte[32];
        try
        {
            RandomNumberGenerator.Fill(secret);
            KeyFile.Write(file, secret, what);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static string? Configured(Func<string, string?> environment, string name) => environment(name) is { Length: > 0 } value ? value : null;
}
