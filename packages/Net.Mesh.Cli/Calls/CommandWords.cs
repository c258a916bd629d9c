using System.Text;

namespace Net.Mesh.Cli.Calls;

/// <summary>A command as words: at spaces, and what stands in '…' or "…" is part of one. No shell reads it, so nothing else has a meaning.</summary>
internal static class CommandWords
{
    /// <summary>The words; null where a quotation does not end, or there is no word.</summary>
    public static string[]? Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isWord = false;
        char quote = '\0';
        foreach (char character in command)
        {
            if (quote == '\0' && char.IsWhiteSpace(character))
            {
                if (isWord)
                    words.Add(word.ToString());
                word.Clear();
                isWord = false;
                continue;
            }
            isWord = true;
            if (character == quote)
                quote = '\0';
            else if (quote == '\0' && character is ('\'' or '"'))
                quote = character;
            else
                word.Append(character);
        }
        if (isWord)
            words.Add(word.ToString());
        return quote == '\0' && words.Count > 0 ? [.. words] : null;
    }
}
