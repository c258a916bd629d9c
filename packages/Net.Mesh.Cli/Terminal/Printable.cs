namespace Net.Mesh.Cli.Terminal;

/// <summary>Text of others for a terminal: without control characters, with which they could write over what stands there.</summary>
internal static class Printable
{
    public static string Text(string text) => text.Any(IsUnsafe) ? string.Create(text.Length, text, static (shown, source) =>
    {
        for (int i = 0; i < shown.Length; i++)
            shown[i] = IsUnsafe(source[i]) ? '·' : source[i];
    }) : text;

    private static bool IsUnsafe(char character) => char.IsControl(character) && character != '\t';
}
