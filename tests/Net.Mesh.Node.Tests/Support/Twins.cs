namespace Net.Mesh.Node.Tests;

/// <summary>Two identities whose node ids have the same low 32 bits; found by a search over counted seeds.</summary>
internal static class Twins
{
    public static (Identity One, Identity Other) Make() => (Of(18_825), Of(79_324));

    private static Identity Of(ulong number) => Identity.FromSeed([.. BitConverter.GetBytes(number), .. Enumerable.Repeat((byte)7, 24)]);
}
