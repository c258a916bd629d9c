namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>Handshakes after which both sides can address each other in every way (spec 02, T7).</summary>
internal static class Introductions
{
    extension(TestNode node)
    {
        /// <summary>Dials another node. An original among the two must not have been started; it is, once they know each other.</summary>
        public async Task IntroduceAsync(TestNode other)
        {
            if (node.Whose != Implementation.Original && other.Whose != Implementation.Original)
            {
                await node.ConnectAsync(other);
            }
            else
            {
                Task accepting = other.AcceptAsync(node);
                await node.ConnectAsync(other, via: "direct");
                await accepting;
                foreach (TestNode original in new[] { node, other }.Where(static either => either.Whose == Implementation.Original))
                    await original.Lines.CallAsync("start");
            }
            await node.WaitForPeerAsync(other);
            await other.WaitForPeerAsync(node);
        }
    }
}
