namespace Net.Mesh.Rpc.Generators;

/// <summary>What the name of a service may be; the package refuses the same ones when it runs (spec 07 §2.1).</summary>
internal static class ServiceName
{
    private const int MaxLength = 230;

    public static bool IsValid(string? name)
    {
        if (name is null || name.Length is 0 or > MaxLength)
            return false;
        foreach (char c in name)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.' or '/'))
                return false;
        }
        foreach (string part in name.Split('/'))
        {
            if (part is "" or "." or "..")
                return false;
        }
        return true;
    }
}
