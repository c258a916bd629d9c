using System.Buffers.Text;
using System.Text;

namespace Net.Mesh.JetStream;

/// <summary>Reads a NATS header block: <c>NATS/1.0[ status[ text]]</c>, then <c>Name: value</c> lines, then an empty line.</summary>
internal static class HeaderBlock
{
    public static int Status(ReadOnlySpan<byte> block)
    {
        const int versionLength = 8; // NATS/1.0
        if (block.Length <= versionLength || block[versionLength] != (byte)' ')
            return 0;
        ReadOnlySpan<byte> text = block[(versionLength + 1)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(text, out int status, out _) ? status : 0;
    }

    /// <summary>The value of the first header of that name; names are compared without regard to case.</summary>
    public static bool TryGet(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        int lineEnd = block.IndexOf("\r\n"u8);
        while (lineEnd >= 0)
        {
            block = block[(lineEnd + 2)..];
            lineEnd = block.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = lineEnd < 0 ? block : block[..lineEnd];
            if (line.Length <= name.Length || line[name.Length] != (byte)':' || !Ascii.EqualsIgnoreCase(line[..name.Length], name))
                continue;
            value = line[(name.Length + 1)..].Trim((byte)' ');
            return true;
        }
        return false;
    }
}
