namespace Net.Mesh.Subnets;

/// <summary>Who may have what a channel carries, by where both sides are (spec 03 §8.3).</summary>
public static class VisibilityRules
{
    /// <summary>Whether a peer may have what is published.</summary>
    /// <param name="visibility">How far the channel reaches.</param>
    /// <param name="publisher">The publisher's own subnet.</param>
    /// <param name="subscriber">The peer's subnet; <see cref="SubnetId.Global"/> where it is unknown.</param>
    public static bool Admits(this Visibility visibility, SubnetId publisher, SubnetId subscriber) => visibility switch
    {
        Visibility.Global => true,
        Visibility.SubnetLocal => subscriber == publisher,
        Visibility.ParentVisible => subscriber.IsAncestorOf(publisher), // upward only
        _ => false, // Exported: nothing consults an export table here
    };

    /// <summary>The word that configurations use, such as <c>subnet-local</c>.</summary>
    public static string ToText(this Visibility visibility) => visibility switch
    {
        Visibility.SubnetLocal => "subnet-local",
        Visibility.ParentVisible => "parent-visible",
        Visibility.Exported => "exported",
        _ => "global",
    };

    /// <summary>Reads the word that configurations use.</summary>
    public static bool TryParse(string? text, out Visibility visibility)
    {
        (bool isKnown, visibility) = text switch
        {
            "global" => (true, Visibility.Global),
            "subnet-local" => (true, Visibility.SubnetLocal),
            "parent-visible" => (true, Visibility.ParentVisible),
            "exported" => (true, Visibility.Exported),
            _ => (false, Visibility.Global),
        };
        return isKnown;
    }
}
