using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Identities;

namespace Net.Mesh.Cli.Tokens;

/// <summary>
/// A token, with those it was handed on from, in a file: one line of base64url, which can be pasted anywhere, for a token is no
/// secret. What other programs write is read too: the 169 bytes of a token, and the bytes of a chain.
/// </summary>
internal static class TokenFile
{
    private const int MaxBytes = 1 + (TokenChain.MaxDepth * PermissionToken.WireSize);
    private const int MaxTextBytes = 4 * MaxBytes / 3 + 16;

    public static string Text(TokenChain chain) => Base64Url.EncodeToString(chain.ToBytes());

    /// <summary>Reads a file, or standard input where that is <c>-</c>.</summary>
    public static TokenChain Read(string file)
    {
        if (file != "-" && !File.Exists(file))
            throw CommandException.Usage($"the token file '{file}' does not exist; \"netmesh token issue … -o {file}\" makes one.");
        using Stream source = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        byte[] content = new byte[MaxTextBytes + 1];
        int length = source.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return TryParse(content.AsSpan(0, length), out TokenChain? chain)
            ? chain
            : throw CommandException.Usage($"'{file}' holds no token: it takes the line that \"netmesh token issue\" prints, or the {PermissionToken.WireSize} bytes of a token, and has {(length > MaxTextBytes ? "more than " : "")}{Math.Min(length, MaxTextBytes)} bytes.");
    }

    /// <summary>Writes a new file. Nobody but the subject can use what is in it, so others may read it.</summary>
    public static void Write(string file, TokenChain chain, bool overwrites)
    {
        if (File.Exists(file) && !overwrites)
            throw CommandException.Usage($"{file} exists already; choose another name, or overwrite it with --force.");
        File.WriteAllText(file, Text(chain) + "\n");
    }

    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out TokenChain? chain)
    {
        if (TryParseBytes(content, out chain))
            return true;
        ReadOnlySpan<byte> text = content.Trim(" \t\r\n"u8);
        if (text.Length > MaxTextBytes)
            return false;
        // The other alphabet of base64 is what most programs write.
        byte[] digits = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(text).Replace('+', '-').Replace('/', '_').TrimEnd('='));
        byte[] bytes = new byte[MaxBytes + 3];
        return Base64Url.TryDecodeFromUtf8(digits, bytes, out int written) && TryParseBytes(bytes.AsSpan(0, written), out chain);
    }

    private static bool TryParseBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TokenChain? chain)
    {
        if (PermissionToken.TryParse(bytes, out PermissionToken? token))
        {
            chain = TokenChain.Of(token);
            return true;
        }
        return TokenChain.TryParse(bytes, out chain);
    }
}
